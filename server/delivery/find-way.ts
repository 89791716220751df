import { domainOf } from '../mail/address.ts';
import type { Lease } from '../store/outbound-leases.sql.ts';
import { UNREACHABLE_S } from './backoff.ts';
import { parseReply } from './classify.ts';
import type { Gate, Place } from './gate.ts';
import { type FindDestinationDeps, type Found, findDestination } from './mx/find-destination.ts';
import { type Destination, directRoute, localRoute, type Route, smarthostRoute } from './route.ts';
import type { Conversation, Transport } from './transport.ts';
import type { Taken, WarmUp } from './warm-up.ts';

/** What to do with a message now. */
export type Way =
  | { kind: 'send'; route: Route; ended(outcome: Conversation['outcome']): void }
  /**
   * `away`: it could not be reached, which no message waits for for ever. `cap`: the day's messages have gone; what waits for
   * that is as new when its day comes. `turn`: others are before it.
   */
  | { kind: 'wait'; until: Date; reason: 'away' | 'cap' | 'turn' }
  /** There is nobody to talk to, and this is what follows. */
  | { kind: 'settle'; route: Route; conversation: Conversation };

export type DeliveryTarget =
  | { mode: 'capture' }
  | { mode: 'smarthost'; smarthost: Destination }
  | { mode: 'direct'; direct: DirectDeps };

export interface DirectDeps extends FindDestinationDeps {
  gate: Gate;
  warm_up: WarmUp;
  onError(error: unknown): void;
}

export interface FindWayDeps {
  target: DeliveryTarget;
  inbox: Destination;
  transport: Pick<Transport, 'awayUntil'>;
  now(): Date;
}

const SIMULATOR_DOMAIN = 'simulator.test';

/** Where a message goes, if it may go now. The simulator's addresses never leave the machine, whatever the mode. */
export async function findWay(deps: FindWayDeps, lease: Lease): Promise<Way> {
  const { target, inbox } = deps;
  if (target.mode === 'capture' || domainOf(lease.recipient) === SIMULATOR_DOMAIN)
    return toOne(deps, localRoute(inbox));
  if (target.mode === 'smarthost') return toOne(deps, smarthostRoute(target.smarthost));
  return findDirectWay(deps, target.direct, lease);
}

function toOne({ transport }: FindWayDeps, route: Route): Way {
  const until = transport.awayUntil(route.destination);
  return until ? { kind: 'wait', until, reason: 'away' } : { kind: 'send', route, ended() {} };
}

/** Messages of a tenant to one domain that may wait for DNS: a name server that says nothing must not fill the worker. */
const PLACES_AT_DNS = 100;
/**
 * Messages in hand for each connection: of one tenant, enough that no connection waits for its next message; of bulk mail
 * fewer, for what somebody waits for stands in line behind them; of all together.
 */
const PLACES = { tenant: 3, tenant_bulk: 2, all: 20 };

async function findDirectWay(deps: FindWayDeps, direct: DirectDeps, lease: Lease): Promise<Way> {
  const question = `dns ${domainOf(lease.recipient)}`;
  const open = direct.gate.enter(question, Number.POSITIVE_INFINITY);
  if (open instanceof Date) return { kind: 'wait', until: open, reason: 'away' };
  open.leave();
  const asking = direct.gate.enter(`${question} ${lease.tenant_id} ${lease.bulk}`, PLACES_AT_DNS);
  if (asking instanceof Date) return { kind: 'wait', until: asking, reason: 'turn' };
  let found: Found;
  try {
    found = await findDestination(direct, lease);
  } finally {
    asking.leave();
  }
  if (found.kind === 'trouble') {
    // The one message tells of it; the others need not.
    direct.gate.close(question, new Date(deps.now().getTime() + UNREACHABLE_S * 1_000));
  }
  if (found.kind !== 'found') return unroutable(deps, found);
  const [first] = found.destinations;
  if (!first) throw new Error('no destination was found');
  const { group, connections } = first;
  const away = found.destinations.map((destination) => deps.transport.awayUntil(destination));
  const reachable = found.destinations.filter((_, i) => away[i] === undefined);
  if (!reachable.length) {
    return { kind: 'wait', until: direct.gate.turnAfter(group, away[0] as Date), reason: 'away' };
  }
  const place = enterLine(direct.gate, group, connections, lease);
  if (place instanceof Date) return { kind: 'wait', until: place, reason: 'turn' };
  return warmedUp(direct, found.receiver, reachable, place).catch((error: unknown) => {
    place.leave();
    throw error;
  });
}

/** Each tenant has places of its own, so that nobody's flood keeps others from the line. */
function enterLine(gate: Gate, group: string, connections: number, { tenant_id, bulk }: Lease): Place | Date {
  const per_connection = bulk ? PLACES.tenant_bulk : PLACES.tenant;
  const own = gate.enter(`${group} ${tenant_id} ${bulk}`, connections * per_connection);
  if (own instanceof Date) return own;
  const common = gate.enter(group, connections * PLACES.all);
  if (common instanceof Date) {
    own.leave();
    return common;
  }
  return {
    leave() {
      own.leave();
      common.leave();
    },
  };
}

async function warmedUp(
  { warm_up, onError }: DirectDeps,
  receiver: string,
  destinations: (Destination & { source: string | undefined })[],
  place: Place,
): Promise<Way> {
  for (const destination of destinations) {
    const taken: Taken | undefined = await warm_up.take(destination.source ?? 'default', receiver);
    if (!taken) continue;
    return {
      kind: 'send',
      route: directRoute(destination),
      ended(outcome) {
        place.leave();
        if (outcome !== 'accepted' && outcome !== 'uncertain') taken.giveBack().catch(onError);
      },
    };
  }
  place.leave();
  return { kind: 'wait', until: warm_up.nextDay(), reason: 'cap' };
}

/** Nobody takes mail for the domain, which is a verdict; or DNS did not say, which is nobody's fault and costs no try. */
function unroutable({ now }: FindWayDeps, found: Exclude<Found, { kind: 'found' }>): Way {
  const conversation =
    found.kind === 'none'
      ? noConversation('refused', found.reply, now())
      : noConversation('unreachable', found.detail, now());
  return { kind: 'settle', route: directRoute(NOWHERE), conversation };
}

/** For a message that has waited too long for a server that does not come back. */
export function neverReached(now: Date): { route: Route; conversation: Conversation } {
  const conversation = noConversation('unreachable', '451 4.4.1 The servers could not be reached again in time', now);
  return { route: directRoute(NOWHERE), conversation };
}

/** For a message that may not leave for now: it is tried again as if a server had said so. */
export function unproven(reply: string, now: Date): { route: Route; conversation: Conversation } {
  return { route: directRoute(NOWHERE), conversation: noConversation('refused', reply, now) };
}

function noConversation(outcome: Conversation['outcome'], reply: string, started_at: Date): Conversation {
  return {
    outcome,
    reply: parseReply(reply),
    host: null,
    remote_address: null,
    source_address: null,
    tls: null,
    started_at,
    duration_ms: 0,
  };
}

const NOWHERE: Destination = {
  name: '',
  group: '',
  servers: () => [],
  connections: 1,
  messages_per_connection: 1,
  adaptive: false,
};
