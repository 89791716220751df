import { ConnectionError } from './errors/connection-error.ts';
import { KoltrixError } from './errors/koltrix-error.ts';
import { TimeoutError } from './errors/timeout-error.ts';
import type { StreamCall } from './live-events.ts';
import { delayBefore, sleep } from './retry.ts';
import type { Transport } from './transport.ts';

/** What listens is a module of its own, loaded when iteration begins: most applications only send. */
export async function* eventsOf<T>(transport: Transport, call: StreamCall): AsyncGenerator<T, void, undefined> {
  const { liveEvents } = await import('./live-events.ts');
  yield* liveEvents<T>(transport, call, { ConnectionError, KoltrixError, TimeoutError, delayBefore, sleep });
}
