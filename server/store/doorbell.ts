import type { Hints, Topic } from './hints.ts';

export interface Doorbell extends Disposable {
  /** Resolves when there may be something new: soon after a hint, after `poll_ms` without one, or when `ends` is aborted. */
  wait(ends: AbortSignal, poll_ms: number): Promise<void>;
}

/** One look serves a burst of hints. */
const GATHER_MS = 10;

/** Listens from now on, so a hint that comes between two waits is not missed; one that gets lost only costs a poll. */
export function hangDoorbell(hints: Pick<Hints, 'on'>, topic: Topic): Doorbell {
  let rung = false;
  let hurry = () => {};
  const takeDown = hints.on(topic, () => {
    if (!rung) hurry();
    rung = true;
  });
  return {
    wait: (ends, poll_ms) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          ends.removeEventListener('abort', done);
          hurry = () => {};
          rung = false;
          resolve();
        };
        let timer = setTimeout(done, rung ? Math.min(GATHER_MS, poll_ms) : poll_ms);
        hurry = () => {
          clearTimeout(timer);
          timer = setTimeout(done, GATHER_MS);
        };
        if (ends.aborted) done();
        else ends.addEventListener('abort', done);
      }),
    [Symbol.dispose]: takeDown,
  };
}
