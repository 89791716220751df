import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until there is an answer; throws after `timeout_ms`, with the last error if there was one. */
export async function until<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { timeout_ms = 15_000, every_ms = 25 } = {},
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
  throw new Error(`nothing within ${timeout_ms} ms`, { cause: last });
}
