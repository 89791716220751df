import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../errors/refusal.ts';
import { groupCommit, type Outcome } from './group-commit.ts';

const results = (items: number[]): Outcome<string>[] => items.map((item) => ({ result: `r${item}` }));

describe('a group commit', () => {
  test('gives every item its own result, in batches that keep the order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(2), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(1, 2, 5, Number.POSITIVE_INFINITY),
        async (pauses, limit, lanes, begin_at) => {
          const batches: number[][] = [];
          const commit = groupCommit<number, string>({
            limit,
            lanes,
            begin_at,
            async write(items) {
              batches.push(items);
              await sleep(0);
              return results(items);
            },
          });
          const answers: Promise<string>[] = [];
          for (const [i, pause] of pauses.entries()) {
            answers.push(commit(i));
            if (pause === 0) await new Promise(setImmediate);
          }
          expect(await Promise.all(answers)).toEqual(pauses.map((_, i) => `r${i}`));
          expect(batches.flat()).toEqual(pauses.map((_, i) => i));
          for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('begins before the end of the turn when enough wait, so that the rest of the turn goes beside the writing', async () => {
    const batches: number[][] = [];
    const commit = groupCommit<number, string>({
      limit: 100,
      lanes: 1,
      begin_at: 2,
      async write(items) {
        batches.push(items);
        return results(items);
      },
    });
    const answers = [commit(1), commit(2)];
    expect(batches).toEqual([[1, 2]]);
    answers.push(commit(3), commit(4), commit(5));
    expect(await Promise.all(answers)).toEqual(['r1', 'r2', 'r3', 'r4', 'r5']);
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  test('writes what arrives in one turn as one batch, and what arrives meanwhile as the next', async () => {
    const batches: number[][] = [];
    const open = Promise.withResolvers<void>();
    const commit = groupCommit<number, string>({
      limit: 100,
      lanes: 1,
      async write(items) {
        batches.push(items);
        await open.promise;
        return results(items);
      },
    });
    const first = [commit(1), commit(2)];
    await sleep(5);
    const second = [commit(3), commit(4), commit(5)];
    open.resolve();
    await Promise.all([...first, ...second]);
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  test('fails an item that spoils its batch alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), async (poisoned) => {
        const written: number[] = [];
        const commit = groupCommit<number, string>({
          limit: 10,
          lanes: 2,
          async write(items) {
            await sleep(0);
            const bad = items.find((i) => poisoned[i]);
            if (bad !== undefined) throw new Error(`poison ${bad}`);
            written.push(...items);
            return results(items);
          },
        });
        const answers = await Promise.allSettled(poisoned.map((_, i) => commit(i)));
        expect(answers).toEqual(
          poisoned.map((bad, i) =>
            bad ? { status: 'rejected', reason: new Error(`poison ${i}`) } : { status: 'fulfilled', value: `r${i}` },
          ),
        );
        expect(written.sort((a, b) => a - b)).toEqual([...poisoned.keys()].filter((i) => !poisoned[i]));
      }),
      { numRuns: 40 },
    );
  });

  test('does not write a batch again when whether it was written is unknown', async () => {
    let writes = 0;
    const commit = groupCommit<number, string>({
      limit: 10,
      lanes: 1,
      async write() {
        writes++;
        throw new Refusal('unavailable', 'away');
      },
    });
    const answers = await Promise.allSettled([commit(1), commit(2), commit(3)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(writes).toBe(1);
    await expect(commit(4)).rejects.toThrow('away');
  });

  test('keeps to its limit of bytes, and still takes what is larger alone', async () => {
    const batches: number[][] = [];
    const commit = groupCommit<number, string>({
      limit: 10,
      limit_bytes: 100,
      size_bytes: (item) => item,
      lanes: 1,
      async write(items) {
        batches.push(items);
        return results(items);
      },
    });
    await Promise.all([60, 40, 1, 500, 99, 1, 1].map(commit));
    expect(batches).toEqual([[60, 40], [1], [500], [99, 1], [1]]);
  });

  test('has as many batches under way as it has lanes', async () => {
    let [under_way, most] = [0, 0];
    const commit = groupCommit<number, string>({
      limit: 1,
      lanes: 3,
      async write(items) {
        most = Math.max(most, ++under_way);
        await sleep(2);
        under_way--;
        return results(items);
      },
    });
    await Promise.all(Array.from({ length: 12 }, (_, i) => commit(i)));
    expect(most).toBe(3);
  });

  test('begins beside a batch that is under way only when enough wait, and when it has ended with what there is', async () => {
    const batches: { items: number[]; end(): void }[] = [];
    const commit = groupCommit<number, string>({
      limit: 100,
      lanes: 2,
      begin_at: 3,
      async write(items) {
        const { promise, resolve: end } = Promise.withResolvers<void>();
        batches.push({ items, end });
        await promise;
        return results(items);
      },
    });
    const written = () => batches.map(({ items }) => items);
    const answers = [commit(1)];
    await sleep(2);
    answers.push(commit(2), commit(3));
    await sleep(2);
    expect(written()).toEqual([[1]]);
    answers.push(commit(4));
    expect(written()).toEqual([[1], [2, 3, 4]]);
    answers.push(commit(5), commit(6), commit(7), commit(8));
    await sleep(2);
    expect(written()).toHaveLength(2);
    batches[1]?.end();
    await Promise.all(answers.slice(1, 4));
    expect(written().at(-1)).toEqual([5, 6, 7, 8]);
    answers.push(commit(9));
    batches[2]?.end();
    await Promise.all(answers.slice(4, 8));
    expect(written()).toHaveLength(3);
    batches[0]?.end();
    await sleep(2);
    expect(written().at(-1)).toEqual([9]);
    batches[3]?.end();
    expect(await Promise.all(answers)).toHaveLength(9);
  });

  test('fails an item that the writer forgot, and each item that it names', async () => {
    const commit = groupCommit<number, string>({
      limit: 10,
      lanes: 1,
      write: async (items) => items.slice(0, 2).map((i) => (i ? { error: new Error('named') } : { result: 'r' })),
    });
    const answers = await Promise.allSettled([commit(0), commit(1), commit(2)]);
    expect(answers.map((a) => (a.status === 'fulfilled' ? a.value : a.reason.message))).toEqual([
      'r',
      'named',
      expect.stringContaining('left out'),
    ]);
  });
});
