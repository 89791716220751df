import type { Fault } from '../../../support/faulty-proxy.ts';
import { at, edited, headed, refused, where, without } from '../faults.ts';
import { email, type Planted, suppress, suppression } from './common.ts';

export const answers: Planted[] = [
  {
    what: 'a missing field',
    only: ['getEmail'],
    found: ['getEmail schema'],
    fault: edited(email, (body) => delete body.subject),
  },
  {
    what: 'a missing field deep in a list',
    only: ['listEmails'],
    found: ['listEmails schema'],
    fault: edited(at('GET', /^\/emails$/), (body) => delete body.data[0]?.messages[0].recipient),
  },
  {
    what: 'a field of another type',
    only: ['getEmail'],
    found: ['getEmail schema'],
    fault: edited(email, (body) => Object.assign(body, { size_bytes: '12' })),
  },
  {
    what: 'a value that the enum does not have',
    only: ['getEmail'],
    found: ['getEmail schema'],
    fault: edited(email, (body) => Object.assign(body, { status: 'gone' })),
  },
  {
    what: 'an undocumented field',
    only: ['getEmail'],
    found: ['getEmail undocumented-field'],
    fault: edited(email, (body) => Object.assign(body, { tenant_id: 7 })),
  },
  {
    what: 'an undocumented field deep in a union',
    only: ['listEvents'],
    found: ['listEvents undocumented-field'],
    fault: edited(at('GET', /^\/events$/), (body) => Object.assign(body.data[0]?.data ?? {}, { ip: '::1' })),
  },
  {
    what: 'a wrong status',
    only: ['createSuppression'],
    found: ['createSuppression status'],
    fault: headed(
      (seen, { status }) => suppress(seen) && status === 201,
      () => ({ status: 200 }),
    ),
  },
  {
    what: 'an undocumented error',
    only: ['getEmail'],
    found: ['getEmail status'],
    fault: where(email, (seen, forward) => refused(seen, forward, 418, 'teapot')),
  },
  {
    what: 'an internal error',
    only: ['getSuppression'],
    found: ['getSuppression server-error'],
    fault: where(suppression, (seen, forward) => refused(seen, forward, 500, 'internal-error', true)),
  },
  {
    what: 'a wrong content type',
    only: ['getAccount'],
    found: ['getAccount content-type'],
    fault: headed(
      (seen, { status }) => seen.path === '/account' && status === 200,
      ({ headers }) => ({ headers: { ...headers, 'content-type': 'text/html' } }),
    ),
  },
  {
    what: 'problems as plain JSON',
    only: ['getSuppression'],
    found: ['getSuppression content-type'],
    fault: headed(
      (seen, { status }) => suppression(seen) && status === 404,
      ({ headers }) => ({ headers: { ...headers, 'content-type': 'application/json' } }),
    ),
  },
  {
    what: 'answers in another character set',
    only: ['getAccount'],
    found: ['getAccount content-type'],
    fault: headed(
      (seen, { status }) => seen.path === '/account' && status === 200,
      ({ headers }) => ({ headers: { ...headers, 'content-type': 'application/json; charset=latin1' } }),
    ),
  },
  ...(['x-request-id', 'ratelimit', 'ratelimit-policy'] as const).map((name) => ({
    what: `a missing header ${name}`,
    only: ['getAccount'],
    found: ['getAccount headers'],
    fault: headed(
      (seen) => seen.path === '/account' && seen.method === 'GET',
      ({ headers }) => ({ headers: without(headers, name) }),
    ),
  })),
  {
    what: 'a request id of another form',
    only: ['getAccount'],
    found: ['getAccount headers'],
    fault: headed(
      (seen, { status }) => seen.path === '/account' && status === 200,
      ({ headers }) => ({ headers: { ...headers, 'x-request-id': '4711' } }),
    ),
  },
  {
    what: 'a 401 that does not say how to authenticate',
    only: ['getAccount'],
    found: ['getAccount headers'],
    fault: headed(
      (seen, { status }) => seen.path === '/account' && status === 401,
      ({ headers }) => ({ headers: without(headers, 'www-authenticate') }),
    ),
  },
  {
    what: 'a 429 without Retry-After',
    only: ['getSuppression'],
    found: ['getSuppression headers'],
    fault: once(suppression, (seen, forward) => refused(seen, forward, 429, 'rate-limited', true)),
  },
  {
    what: 'a time in another zone',
    only: ['getEmail'],
    found: ['getEmail timestamp'],
    fault: edited(email, (body) => Object.assign(body, { created_at: '2026-11-22T10:00:00.000+02:00' })),
  },
  {
    what: 'a time as a number',
    only: ['getEmail'],
    found: ['getEmail schema'],
    fault: edited(email, (body) => Object.assign(body, { created_at: 1_795_334_400 })),
  },
  {
    what: 'a time of another day',
    only: ['createSuppression'],
    found: ['createSuppression timestamp'],
    fault: edited(suppress, (body) => Object.assign(body, { created_at: '1970-01-21T18:42:14.400Z' })),
  },
];

function once(concerned: Parameters<typeof where>[0], fault: Fault): Fault {
  let done = false;
  return (seen, forward) => {
    if (done || !concerned(seen)) return forward();
    done = true;
    return fault(seen, forward);
  };
}
