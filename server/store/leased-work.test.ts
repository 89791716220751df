import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { localHints } from './hints.ts';
import { type LeasedWork, startLeasedWork } from './leased-work.ts';

/** Work on a list in memory; each item is leased once. */
function givenWork(change: Partial<LeasedWork<number>> = {}) {
  const queue: number[] = [];
  const done: number[] = [];
  const errors: unknown[] = [];
  const hints = localHints();
  let [under_way, most, leases] = [0, 0, 0];
  const worker = startLeasedWork<number>({
    async lease(limit) {
      leases++;
      await sleep(1);
      return queue.splice(0, limit);
    },
    async work(item) {
      most = Math.max(most, ++under_way);
      await sleep(1);
      under_way--;
      done.push(item);
    },
    concurrency: 4,
    poll_ms: 20,
    hints,
    topic: 'due',
    onError: (error) => errors.push(error),
    ...change,
  });
  return { queue, done, errors, hints, worker, most: () => most, leases: () => leases };
}

test('all work is done, each item once, and never more at once than allowed', async () => {
  const given = givenWork();
  given.queue.push(...Array.from({ length: 100 }, (_, i) => i));
  given.worker.wake();
  await until(() => given.done.length === 100);
  expect(new Set(given.done).size).toBe(100);
  expect(given.most()).toBeLessThanOrEqual(4);
  await given.worker[Symbol.asyncDispose]();
});

test('work that nobody hinted at is found by polling, and a hint is quicker', async () => {
  const polling = givenWork();
  await sleep(5);
  polling.queue.push(1);
  await until(() => polling.done.length === 1);
  await polling.worker[Symbol.asyncDispose]();

  const hinted = givenWork({ poll_ms: 60_000 });
  await until(() => hinted.leases() === 1);
  await sleep(10);
  hinted.queue.push(1);
  hinted.hints.give('due');
  await until(() => hinted.done.length === 1);
  await hinted.worker[Symbol.asyncDispose]();
});

test('a hint during a lease is not lost', async () => {
  const gate = Promise.withResolvers<void>();
  let leases = 0;
  const given = givenWork({
    poll_ms: 60_000,
    async lease(limit) {
      const taken = given?.queue.splice(0, limit) ?? [];
      if (leases++ === 0) await gate.promise;
      return taken;
    },
  });
  await sleep(1);
  given.queue.push(1);
  given.worker.wake();
  gate.resolve();
  await until(() => given.done.length === 1);
  await given.worker[Symbol.asyncDispose]();
});

test('neither a lease nor a piece of work that fails stops the others', async () => {
  let leases = 0;
  const given = givenWork({
    async lease(limit) {
      if (leases++ === 0) throw new Error('no lease');
      return given.queue.splice(0, limit);
    },
    async work(item) {
      if (item === 1) throw new Error('no work');
      given.done.push(item);
    },
  });
  given.queue.push(0, 1, 2);
  await until(() => given.done.length === 2);
  expect(given.done).toEqual([0, 2]);
  expect(given.errors.map((error) => (error as Error).message)).toEqual(['no lease', 'no work']);
  await given.worker[Symbol.asyncDispose]();
});

test('stopping finishes what is under way and takes nothing new', async () => {
  const gate = Promise.withResolvers<void>();
  const started: number[] = [];
  const finished: number[] = [];
  const given = givenWork({
    async work(item) {
      started.push(item);
      await gate.promise;
      finished.push(item);
    },
  });
  given.queue.push(...Array.from({ length: 10 }, (_, i) => i));
  await until(() => started.length === 4);
  const stopped = given.worker[Symbol.asyncDispose]();
  given.hints.give('due');
  await sleep(30);
  expect(finished).toEqual([]);
  gate.resolve();
  await stopped;
  expect(finished).toEqual([0, 1, 2, 3]);
  expect(given.queue).toHaveLength(6);
});
