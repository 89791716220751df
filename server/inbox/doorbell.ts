import type { Hints, Topic } from '../store/hints.ts';

export interface Doorbell extends Disposable {
  /** Resolves when there may be something new: soon after a hint, after a second without one, or when `ends` is aborted. */
  wait(ends: AbortSignal): Promise<void>;
}

/** A hint can get lost; then the next look finds what it told of. */
const POLL_MS = 1_000;
/** One look serves a burst of hints. */
const GATHER_MS = 20;

/** Listens from now on: a hint that comes between two waits is not missed. */
export function hangDoorbell(hints: Pick<Hints, 'on'>, topic: Topic): Doorbell {
  let rung = false;
  let hurry = () => {};
  const takeDown = hints.on(topic, () => {
    if (!rung) hurry();
    rung = true;
  });
  return {
    wait: (ends) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          ends.removeEventListener('abort', done);
          hurry = () => {};
          rung = false;
          resolve();
        };
        let timer = setTimeout(done, rung ? GATHER_MS : POLL_MS);
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
