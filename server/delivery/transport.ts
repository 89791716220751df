import { parseReply, type Reply } from './classify.ts';
import { createPool, type Line, type OutgoingMail, type Peer, type Pool, type SendResult } from './pool.ts';
import type { SmtpServer } from './route.ts';

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
  /** Until when the server is left alone because it could not be reached; undefined when it may be tried. */
  awayUntil(server: SmtpServer): Date | undefined;
  send(server: SmtpServer, mail: OutgoingMail): Promise<Conversation>;
}

export interface TransportOptions {
  /** The name in EHLO. */
  helo_name: string;
  max_connections: number;
  max_messages_per_connection: number;
  unreachable_s: number;
  now(): Date;
}

/** Hands mail to servers over connections that are kept and shared: one pool a server. */
export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, Pool>();
  const away = new Map<string, Date>();
  const poolFor = (server: SmtpServer): Pool => {
    const key = keyOf(server);
    const pool = pools.get(key) ?? createPool(server, options);
    pools.set(key, pool);
    return pool;
  };
  return {
    awayUntil(server) {
      const until = away.get(keyOf(server));
      return until && until > options.now() ? until : undefined;
    },
    async send(server, mail) {
      const conversation = await converse(poolFor(server), server, mail, options);
      if (conversation.outcome === 'unreachable') {
        away.set(keyOf(server), new Date(options.now().getTime() + options.unreachable_s * 1_000));
      } else {
        away.delete(keyOf(server));
      }
      return conversation;
    },
    async [Symbol.asyncDispose]() {
      for (const pool of pools.values()) pool.close();
    },
  };
}

/** Lines on which one message may be tried in one conversation. */
const MAX_LINES = 3;

function keyOf({ host, port, secure, auth }: SmtpServer): string {
  return `${host}:${port}:${secure}:${auth?.user ?? ''}`;
}

async function converse(
  pool: Pool,
  server: SmtpServer,
  mail: OutgoingMail,
  { now }: TransportOptions,
): Promise<Conversation> {
  const started_at = now();
  const clock_ms = performance.now();
  const ended = (outcome: Conversation['outcome'], response: string, peer?: Peer) => ({
    outcome,
    reply: parseReply(response),
    host: server.host,
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
      return ended('unreachable', responseOf(error));
    }
    const is_new = line.messages === 0;
    const result = await line.send(mail);
    pool.release(line, result.reusable);
    // Servers end sessions that are old or have carried enough; only a new one that ends says something of the host.
    if (is_new || !result.session_over || lines === MAX_LINES) return ended(result.outcome, result.response, line);
  }
}

function responseOf(error: unknown): string {
  const { response, message } = error as { response?: string; message?: string };
  return response || message || 'no connection';
}
