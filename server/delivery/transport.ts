import { parseReply, type Reply } from './classify.ts';
import { ConnectError, type Line, type OutgoingMail, type Peer, type SendResult } from './connection.ts';
import { createConnectionLimit } from './connection-limit.ts';
import { createHostMemory, type HostMemory } from './host-memory.ts';
import { openLine } from './open-line.ts';
import { type ConnectionLimit, createPool, type Pool } from './pool.ts';
import type { Destination } from './route.ts';
import { asksForLess, createThrottle, type Throttle } from './throttle.ts';

/** How one SMTP conversation ended. `uncertain`: the connection was lost after the message and before the reply. */
export interface Conversation {
  outcome: SendResult['outcome'];
  reply: Reply;
  host: string | null;
  remote_address: string | null;
  /** Our own address on the connection. */
  source_address: string | null;
  tls: Peer['tls'];
  started_at: Date;
  duration_ms: number;
}

export interface Transport extends AsyncDisposable {
  /** Until when the destination is left alone: it could not be reached, or wants less. Undefined when it may be tried. */
  awayUntil(destination: Destination): Date | undefined;
  send(destination: Destination, mail: OutgoingMail): Promise<Conversation>;
}

export interface TransportOptions {
  /** The name in EHLO. */
  helo_name: string;
  /** How long a host that could not be reached is left alone. */
  unreachable_s: number;
  now(): Date;
}

interface Group {
  throttle: Throttle;
  limit: ConnectionLimit;
}

interface Entry {
  pool: Pool;
  destination: Destination;
}

/** Pools that nobody uses are dropped when there are so many more. */
const SWEEP_EVERY = 500;

/** Hands mail to servers over connections that are kept and shared. */
export function createTransport(options: TransportOptions): Transport {
  const { now } = options;
  const memory = createHostMemory(options);
  const groups = new Map<string, Group>();
  const pools = new Map<string, Entry>();

  function groupOf(destination: Destination): Group {
    const known = groups.get(destination.group);
    if (known) return known;
    const throttle = createThrottle(() => destination.connections);
    const made = { throttle, limit: createConnectionLimit(throttle.connections) };
    groups.set(destination.group, made);
    return made;
  }

  function poolOf(destination: Destination): Pool {
    const known = pools.get(destination.name);
    if (known) {
      // DNS may give other addresses than it did.
      known.destination = destination;
      return known.pool;
    }
    if (pools.size % SWEEP_EVERY === SWEEP_EVERY - 1) sweep();
    const entry: Entry = {
      destination,
      pool: createPool({
        open: () => openLine(entry.destination, memory, options),
        limit: groupOf(destination).limit,
        max_messages_per_connection: destination.messages_per_connection,
      }),
    };
    pools.set(destination.name, entry);
    return entry.pool;
  }

  function sweep(): void {
    for (const [name, { pool }] of pools) {
      if (!pool.isIdle()) continue;
      pool.close();
      pools.delete(name);
    }
    const used = new Set([...pools.values()].map(({ destination }) => destination.group));
    for (const [name, { throttle }] of groups) if (!used.has(name) && !throttle.pausedUntil(now())) groups.delete(name);
  }

  return {
    awayUntil(destination) {
      const paused = groups.get(destination.group)?.throttle.pausedUntil(now());
      if (paused) return paused;
      const times = destination.servers().map((server) => memory.awayUntil(server));
      if (!times.every((time) => time !== undefined)) return undefined;
      return times.sort((a, b) => a.getTime() - b.getTime())[0];
    },
    async send(destination, mail) {
      const conversation = await converse(poolOf(destination), destination, mail, { now, memory });
      if (destination.adaptive) {
        const { throttle } = groupOf(destination);
        if (conversation.outcome === 'accepted') throttle.accepted();
        else if (asksForLess(conversation.reply)) throttle.slowDown(now());
      }
      return conversation;
    },
    async [Symbol.asyncDispose]() {
      for (const { pool } of pools.values()) pool.close();
    },
  };
}

/** Lines on which one message may be tried in one conversation. */
const MAX_LINES = 3;

async function converse(
  pool: Pool,
  destination: Destination,
  mail: OutgoingMail,
  { now, memory }: { now(): Date; memory: HostMemory },
): Promise<Conversation> {
  const started_at = now();
  const clock_ms = performance.now();
  const ended = (outcome: Conversation['outcome'], response: string, peer?: Partial<Peer>) => ({
    outcome,
    reply: parseReply(response),
    host: peer?.host ?? destination.servers()[0]?.host ?? null,
    remote_address: peer?.remote_address ?? null,
    source_address: peer?.source_address ?? null,
    tls: peer?.tls ?? null,
    started_at,
    duration_ms: Math.round(performance.now() - clock_ms),
  });
  for (let lines = 1; ; lines++) {
    let line: Line;
    try {
      line = await pool.acquire();
    } catch (error) {
      return ended('unreachable', responseOf(error), peerOf(error));
    }
    const is_new = line.messages === 0;
    const result = await line.send(mail);
    pool.release(line, result.reusable);
    // Servers end sessions that are old or have carried enough; only a new one that ends says something of the host.
    if (!is_new && result.session_over && lines < MAX_LINES) continue;
    if (result.outcome === 'unreachable') memory.setAway(line.server);
    return ended(result.outcome, result.response, line);
  }
}

function responseOf(error: unknown): string {
  const { response, message } = error as { response?: string; message?: string };
  return response || message || 'no connection';
}

/** Whom the connection was to be with, where one fault tells of all. */
function peerOf(error: unknown): Partial<Peer> {
  if (!(error instanceof ConnectError)) return {};
  const { host, address = null } = error.server;
  return { host, remote_address: address };
}
