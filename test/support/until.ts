import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

interface Patience {
  timeout_ms?: number;
  every_ms?: number;
  /** What the failure shows besides: how things stood when it was given up. */
  explain?: () => unknown;
}

/** Asks again until there is an answer; throws after `timeout_ms`, with the last error if there was one. */
export async function until<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { timeout_ms = 30_000, every_ms = 25, explain }: Patience = {},
): Promise<T> {
  const end = Date.now() + timeout_ms;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(every_ms);
  } while (Date.now() < end);
  const story = explain ? `: ${inspect(await explain(), { depth: 4, breakLength: 120 })}` : '';
  throw new Error(`nothing within ${timeout_ms} ms${story}`, { cause: last });
}
