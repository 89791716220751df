import { at, edited, headed, refused, where, without } from '../faults.ts';
import { list, type Planted, suppress } from './common.ts';

export const requests: Planted[] = [
  {
    what: 'an unknown property that is taken',
    only: ['createSuppression'],
    found: ['createSuppression invalid'],
    fault: async (seen, forward) => {
      const { contract_unknown, ...rest } = (seen.json ?? {}) as { contract_unknown?: unknown };
      return suppress(seen) && contract_unknown !== undefined ? forward({ body: JSON.stringify(rest) }) : forward();
    },
  },
  {
    what: 'a bad value that is taken',
    only: ['listSuppressions'],
    found: ['listSuppressions invalid'],
    fault: where(
      (seen) => list(seen) && Number(seen.query.get('limit')) > 100,
      (_seen, forward) => forward({ query: new URLSearchParams() }),
    ),
  },
  {
    what: 'a refusal that points elsewhere',
    only: ['createSuppression'],
    found: ['createSuppression pointer'],
    fault: edited(
      suppress,
      (body) => {
        if (body.errors?.[0]?.pointer === '/reason') body.errors[0].pointer = '/';
      },
      [400],
    ),
  },
  {
    what: 'a good value that is refused',
    only: ['createSuppression'],
    found: ['createSuppression valid'],
    fault: where(
      (seen) => suppress(seen) && (seen.json as { reason?: string } | undefined)?.reason === 'complaint',
      (_seen, forward) => forward({ body: '{}' }),
    ),
  },
  {
    what: 'a batch of which the good part is taken',
    only: ['sendEmailBatch'],
    found: ['sendEmailBatch invalid'],
    fault: async (seen, forward) => {
      const answer = await forward();
      const given = (seen.json as { emails?: unknown } | null | undefined)?.emails;
      const emails = Array.isArray(given) ? given : [];
      if (
        seen.path === '/emails/batch' &&
        answer.status === 400 &&
        emails.length === 2 &&
        seen.body.includes('contract_unknown')
      )
        await forward({ body: JSON.stringify({ emails: emails.slice(0, 1) }) });
      return answer;
    },
  },
  {
    what: 'a body of another type that is taken',
    only: ['createSuppression'],
    found: ['createSuppression media-type'],
    fault: where(
      (seen) => suppress(seen) && seen.headers['content-type'] === 'text/plain',
      (seen, forward) => forward({ headers: { ...seen.headers, 'content-type': 'application/json' } }),
    ),
  },
  {
    what: 'a large body that is refused for another reason',
    only: ['createSuppression'],
    found: ['createSuppression size'],
    fault: where(
      (seen) => suppress(seen) && seen.body.length > 1_000_000,
      (_seen, forward) => forward({ body: '{}' }),
    ),
  },
  {
    what: 'a method that is not there instead of not allowed',
    only: ['getAccount'],
    found: ['/account method'],
    fault: where(at('DELETE', /^\/account$/), (seen, forward) => refused(seen, forward, 404, 'not-found')),
  },
  {
    what: 'a 405 that does not say what is allowed',
    only: ['getAccount'],
    found: ['/account method'],
    fault: headed(
      (seen) => seen.path === '/account',
      ({ headers }) => ({ headers: without(headers, 'allow') }),
    ),
  },
];
