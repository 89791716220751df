import { codeOf, headed, refused, where, withJson, without } from '../faults.ts';
import { email, isOf, type Keys, list, type Planted, suppress, suppression } from './common.ts';

export const access = ({ own, stranger }: Keys): Planted[] => [
  {
    what: 'an operation that asks nobody who he is',
    only: ['getAccount'],
    found: ['getAccount authentication'],
    fault: where(
      (seen) => seen.path === '/account' && seen.headers.authorization === undefined,
      (seen, forward) => forward({ headers: { ...seen.headers, authorization: `Bearer ${own}` } }),
    ),
  },
  {
    what: 'a deletion of nothing that succeeds',
    only: ['deleteSuppression'],
    found: ['deleteSuppression not-found'],
    fault: headed(
      (seen, { status, body }) =>
        isOf(own, seen) && seen.method === 'DELETE' && status === 404 && body.includes('not suppressed'),
      ({ headers }) => ({ status: 204, body: '', headers: without(headers, 'content-type') }),
    ),
  },
  {
    what: 'a scope leak',
    only: ['createSuppression'],
    found: ['createSuppression scope'],
    fault: async (seen, forward) => {
      const answer = await forward();
      if (!suppress(seen) || codeOf(answer) !== 'forbidden') return answer;
      return forward({ headers: { ...seen.headers, authorization: `Bearer ${own}` } });
    },
  },
  {
    what: 'a scope that is kept out',
    only: ['getSuppression'],
    found: ['getSuppression scope'],
    fault: where(
      (seen) => suppression(seen) && !isOf(own, seen) && !isOf(stranger, seen),
      async (seen, forward) => {
        const answer = await forward();
        return answer.status === 404 ? refused(seen, forward, 403, 'forbidden') : answer;
      },
    ),
  },
  {
    what: 'a stranger’s id that is visible',
    only: ['getSuppression'],
    found: ['getSuppression tenancy'],
    fault: where(
      (seen) => suppression(seen) && isOf(stranger, seen),
      (seen, forward) => forward({ headers: { ...seen.headers, authorization: `Bearer ${own}` } }),
    ),
  },
  {
    what: 'a stranger’s id that is forbidden',
    only: ['getSuppression'],
    found: ['getSuppression tenancy'],
    fault: where(
      (seen) => suppression(seen) && isOf(stranger, seen),
      (seen, forward) => refused(seen, forward, 403, 'forbidden'),
    ),
  },
  {
    what: 'a stranger who is told more of what is there than of what is not',
    only: ['getEmail'],
    found: ['getEmail tenancy'],
    fault: async (seen, forward) => {
      const answer = await forward();
      if (!email(seen) || !isOf(stranger, seen) || answer.status !== 404) return answer;
      const theirs = await forward({ headers: { ...seen.headers, authorization: `Bearer ${own}` } });
      return theirs.status === 200
        ? withJson(answer, (body) => Object.assign(body, { detail: 'This email is not yours.' }))
        : answer;
    },
  },
  {
    what: 'a list with a stranger’s things',
    only: ['listSuppressions'],
    found: ['listSuppressions tenancy'],
    fault: where(
      (seen) => list(seen) && isOf(stranger, seen),
      (seen, forward) => forward({ headers: { ...seen.headers, authorization: `Bearer ${own}` } }),
    ),
  },
];
