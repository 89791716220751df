import type { Answered, Fault } from '../../../support/faulty-proxy.ts';
import { codeOf, headed, refused, repeats, where, without } from '../faults.ts';
import { type Planted, send, suppress } from './common.ts';

const idempotency = (what: string, fault: Fault): Planted => ({
  what,
  only: ['createSuppression'],
  found: ['createSuppression idempotency'],
  fault,
});

export const keyed: (() => Planted)[] = [
  () => {
    const isRepeat = repeats();
    return idempotency('a repeat that is executed again', async (seen, forward) =>
      suppress(seen) && isRepeat(seen) ? forward({ headers: without(seen.headers, 'idempotency-key') }) : forward(),
    );
  },
  () => {
    const isRepeat = repeats();
    return {
      what: 'a repeat that has the first answer and is executed again',
      only: ['sendEmail'],
      found: ['sendEmail idempotency'],
      fault: async (seen, forward) => {
        if (send(seen) && isRepeat(seen)) await forward({ headers: without(seen.headers, 'idempotency-key') });
        return forward();
      },
    };
  },
  () =>
    idempotency('a key that is taken for another request', async (seen, forward) => {
      const answer = await forward();
      if (codeOf(answer) !== 'idempotency-key-reused') return answer;
      return forward({ headers: without(seen.headers, 'idempotency-key') });
    }),
  () =>
    idempotency(
      'a repeat that does not say so',
      headed(suppress, ({ headers }) => ({ headers: without(headers, 'idempotent-replayed') })),
    ),
  () =>
    idempotency(
      'a first answer that calls itself a repeat',
      headed(
        (seen, { status }) => suppress(seen) && status === 201 && seen.headers['idempotency-key'] !== undefined,
        ({ headers }) => ({ headers: { ...headers, 'idempotent-replayed': 'true' } }),
      ),
    ),
  () =>
    idempotency(
      'a malformed key that is taken',
      where(
        (seen) => suppress(seen) && /^\w+ \w+$/.test(seen.headers['idempotency-key'] ?? ''),
        (seen, forward) => forward({ headers: without(seen.headers, 'idempotency-key') }),
      ),
    ),
  () => {
    const refusedKeys = new Set<string>();
    return idempotency('a refusal that uses up its key', async (seen, forward) => {
      const key = seen.headers['idempotency-key'] ?? '';
      if (refusedKeys.has(key)) return refused(seen, forward, 422, 'idempotency-key-reused');
      const answer = await forward();
      if (key && answer.status === 400) refusedKeys.add(key);
      return answer;
    });
  },
  () => {
    const answersByKey = new Set<string>();
    return idempotency('requests at the same time that are all executed', async (seen, forward) => {
      const key = seen.headers['idempotency-key'] ?? '';
      const isFirst = !answersByKey.has(key);
      const pending: Promise<Answered> = isFirst
        ? forward()
        : forward({ headers: without(seen.headers, 'idempotency-key') });
      answersByKey.add(key);
      const answer = await pending;
      // Once the first has been answered all is as it should be.
      if (isFirst) setTimeout(() => answersByKey.delete(key), 0);
      return answer;
    });
  },
];
