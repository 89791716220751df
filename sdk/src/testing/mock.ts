import { Koltrix } from '../client.ts';
import { baseUrlOf, environment, type KoltrixOptions } from '../config.ts';
import type { Event, Scope } from '../generated/types.gen.ts';
import { aborted, BrokenConnection, exchange, type Host, type MockRequest } from './exchange.ts';
import type { DeepPartial } from './fake-event.ts';
import { type Fault, Faults, type PlannedFault } from './faults.ts';
import { createQuota } from './gate.ts';
import type { OperationName } from './generated/operations.gen.ts';
import { type Listening, listenByFetch } from './global-fetch.ts';
import { happen, type OutsideEvent, type Target } from './happen.ts';
import { createInbox, type MockInbox } from './inbox.ts';
import type { DetailOf } from './log.ts';
import { handlersOf, listenByMsw, type MswHttp } from './msw.ts';
import { addKey, createWorld, type Receive, type World } from './world.ts';

export interface MockOptions {
  /** Where the mock is for `listen` and `handlers`; by default where the client looks for Koltrix. */
  baseUrl?: string | undefined;
  /**
   * The only API key to begin with; others are refused, as on the server. Without it every key is taken, so that the code
   * under test may have any.
   */
  apiKey?: string | undefined;
  /** How long each answer takes: 0. */
  latency_ms?: number | undefined;
  /** Takes the webhooks that you create: your own handler of such requests. Without it deliveries stay pending. */
  webhooks?: Receive | undefined;
  /** The quota: 20 000 requests in a second. */
  rateLimit?: { requests: number; window_s: number } | undefined;
  /** The present. By default `Date.now()`, so fake timers are followed. */
  now?: (() => Date) | undefined;
}

export interface ListenOptions {
  /** What becomes of requests to others: they pass. */
  onUnhandledRequest?: 'bypass' | 'warn' | 'error' | undefined;
}

/** Koltrix in memory: one account, which behaves as on the real server. */
export interface MockKoltrix {
  /** Koltrix as a function: `new Koltrix({ fetch: mock.fetch })`. */
  fetch: typeof fetch;
  /** A client of this mock. With a scope it gets a key of its own. */
  client(options?: KoltrixOptions & { scope?: Scope | undefined }): Koltrix;
  /** Handlers for your own msw server or worker: `setupServer(...mock.handlers(http))`. */
  handlers<Handler>(http: MswHttp<Handler>): Handler[];
  /**
   * Answers what this process sends to Koltrix from now on: what goes by the global `fetch`, as all that clients send does.
   * Where msw is installed it does so, and what other HTTP libraries send is answered as well.
   */
  listen(options?: ListenOptions): Promise<void>;
  /** Ends `listen`, and forgets everything. */
  close(): void;
  /** An empty account again: without mail, faults, or open streams. */
  reset(): void;
  /** The mail that recipients got. */
  readonly inbox: MockInbox;
  /** The event log so far. */
  readonly events: readonly Event[];
  /** The requests so far, oldest first. */
  readonly requests: readonly MockRequest[];
  /** Plans a fault: the next request of that operation meets it. `'*'` stands for all. */
  fail(operation: OperationName | '*', fault: Fault): PlannedFault;
  /** From now on answers of that operation take so long. */
  delay(operation: OperationName | '*', latency_ms: number): void;
  /** Lets something happen to a mail: an open, a click, a late bounce. */
  happen<Type extends OutsideEvent>(type: Type, target: Target, detail?: DeepPartial<DetailOf<Type>>): Event[];
  /** Mail stays `queued`, and webhooks `pending`, until `resumeDelivery`: as while the server's worker is away. */
  pauseDelivery(): void;
  resumeDelivery(): void;
  /** Skips time: what falls due on the way happens. Resolves when the webhooks of it are delivered. */
  advance(duration_ms: number): Promise<void>;
  /** Resolves when no webhook is under way. */
  settled(): Promise<void>;
}

const DEFAULT_KEY = 'kx_mock_0123456789abcdefghijklmnopqrstuvwxyz';

/** A Koltrix for tests: no network, no server, the same contract. */
export function createMockKoltrix(options: MockOptions = {}): MockKoltrix {
  const { apiKey = DEFAULT_KEY, latency_ms = 0, now = () => new Date(Date.now()) } = options;
  const baseUrl = baseUrlOf(options.baseUrl ?? environment('KOLTRIX_BASE_URL') ?? 'http://127.0.0.1:8025');
  const rateLimit = options.rateLimit ?? { requests: 20_000, window_s: 1 };
  const faults = new Faults();
  const latencies = new Map<string, number>();
  const newWorld = () => createWorld({ now, random: Math.random, rateLimit, receive: options.webhooks, apiKey });
  const host: Host = {
    world: newWorld(),
    faults,
    isOpen: options.apiKey === undefined,
    requests: [],
    quota: createQuota(rateLimit),
    latencyOf: ({ name }) => latencies.get(name) ?? latencies.get('*') ?? latency_ms,
  };
  let life = new AbortController();
  let listening: Listening | undefined;

  const answer = (request: Request) => abortable(host, request, request.signal, life.signal);
  const mockFetch: typeof fetch = async (input, init = {}) => {
    // Apart from the rest: jsdom has an `AbortSignal` of its own, which Node's `Request` does not take.
    const { signal, ...rest } = init;
    const request = new Request(input, rest);
    return abortable(host, request, signal ?? request.signal, life.signal);
  };
  const mock: MockKoltrix = {
    fetch: mockFetch,
    client: ({ scope, ...rest } = {}) =>
      new Koltrix({ apiKey: keyFor(host.world, scope, apiKey), baseUrl, fetch: mockFetch, ...rest }),
    handlers: (http) => handlersOf(http, baseUrl, brokenAsError(answer)),
    async listen({ onUnhandledRequest = 'bypass' } = {}) {
      listening ??=
        (await listenByMsw(baseUrl, brokenAsError(answer), onUnhandledRequest)) ??
        listenByFetch(baseUrl, mockFetch, onUnhandledRequest);
    },
    close() {
      listening?.close();
      listening = undefined;
      mock.reset();
    },
    reset() {
      life.abort(new DOMException('The mock was reset', 'AbortError'));
      life = new AbortController();
      host.world.clock.clear();
      host.world = newWorld();
      host.requests = [];
      host.quota = createQuota(rateLimit);
      faults.clear();
      latencies.clear();
    },
    inbox: createInbox(() => host.world),
    get events() {
      host.world.clock.runDue();
      return host.world.events;
    },
    get requests() {
      return host.requests;
    },
    fail: (operation, fault) => faults.plan(operation, fault),
    delay: (operation, duration_ms) => void latencies.set(operation, duration_ms),
    happen: (type, target, detail) => happen(host.world, type, target, detail),
    pauseDelivery() {
      host.world.held ??= [];
    },
    resumeDelivery() {
      const held = host.world.held ?? [];
      host.world.held = undefined;
      for (const attempt of held) attempt();
      host.world.clock.runDue();
      host.world.changed();
    },
    async advance(duration_ms) {
      await settled(host.world);
      host.world.clock.skip(duration_ms);
      host.world.changed();
      await settled(host.world);
    },
    settled: () => settled(host.world),
  };
  return mock;
}

/** Until nothing is under way, and nothing that came of it is due. */
async function settled(world: World): Promise<void> {
  world.clock.runDue();
  while (world.posting.size) {
    await Promise.all(world.posting);
    world.clock.runDue();
  }
}

function keyFor(world: World, scope: Scope | undefined, apiKey: string): string {
  return scope === undefined ? apiKey : addKey(world, { name: scope, scope }).secret;
}

/** As a network would: an abort ends the exchange at once, whatever it was doing. */
async function abortable(host: Host, request: Request, signal: AbortSignal, life: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  const ends = new AbortController();
  const end = () => ends.abort(signal.aborted ? signal.reason : life.reason);
  signal.addEventListener('abort', end, { once: true });
  life.addEventListener('abort', end, { once: true });
  return Promise.race([exchange(host, request, ends.signal), aborted(ends.signal)]);
}

/** msw's own way to break a connection. */
function brokenAsError(answer: (request: Request) => Promise<Response>) {
  return async (request: Request): Promise<Response> => {
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof BrokenConnection || request.signal.aborted) return Response.error();
      throw error;
    }
  };
}
