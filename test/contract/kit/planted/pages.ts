import type { Fault } from '../../../support/faulty-proxy.ts';
import { edited, where, withJson } from '../faults.ts';
import { list, type Planted } from './common.ts';

const pages = (what: string, fault: Fault): Planted => ({
  what,
  only: ['listSuppressions'],
  found: ['listSuppressions pagination'],
  fault,
});

export const paged: (() => Planted)[] = [
  () =>
    pages(
      'pages that skip an item',
      where(
        (seen) => list(seen) && seen.query.get('limit') === '3' && seen.query.has('cursor'),
        edited(list, (body) => body.data.shift()),
      ),
    ),
  () => {
    let last: unknown;
    return pages(
      'pages that give an item twice',
      where(
        (seen) => list(seen) && seen.query.get('limit') === '3',
        async (seen, forward) =>
          withJson(await forward(), (body) => {
            if (seen.query.has('cursor') && last) body.data.splice(0, 1, last);
            last = body.data.at(-1);
          }),
      ),
    );
  },
  () =>
    pages(
      'pages that are larger than was asked for',
      where(
        (seen) => list(seen) && seen.query.get('limit') === '3',
        (seen, forward) =>
          forward({ query: new URLSearchParams([...seen.query, ['limit', '4']].filter(([, v]) => v !== '3')) }),
      ),
    ),
  () =>
    pages(
      'a cursor that leads nowhere else',
      where(
        (seen) => list(seen) && seen.query.get('limit') === '1' && seen.query.has('cursor'),
        async (seen, forward) =>
          withJson(await forward(), (body) => Object.assign(body, { next_cursor: seen.query.get('cursor') })),
      ),
    ),
  () =>
    pages('a cursor of nobody that is taken', async (seen, forward) => {
      const answer = await forward();
      if (!list(seen) || answer.status !== 400 || !answer.body.includes('not a cursor of this list')) return answer;
      return forward({ query: new URLSearchParams() });
    }),
];
