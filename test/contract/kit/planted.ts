import type { Answered, Fault } from '../../support/faulty-proxy.ts';
import { at, codeOf, edited, headed, refused, repeats, where, withJson, without } from './faults.ts';

export interface Planted {
  what: string;
  /** The operations that are checked. */
  only: string[];
  /** How the kit must name it: the operation, or the path, and the rule. */
  found: string[];
  fault: Fault;
}

/** Keys of the tenants, for faults that mix them up. */
export interface Keys {
  own: string;
  stranger: string;
}

const email = at('GET', /^\/emails\/em_\w+$/);
const send = at('POST', /^\/emails$/);
const suppress = at('POST', /^\/suppressions$/);
const suppression = at('GET', /^\/suppressions\/.+/);
const list = at('GET', /^\/suppressions$/);
const isOf = (key: string, { headers }: { headers: Record<string, string> }) =>
  headers.authorization === `Bearer ${key}`;

const answers: Planted[] = [
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

const problem = (what: string, edit: (body: Record<string, unknown>) => void, rule = 'problem'): Planted => ({
  what,
  only: ['getSuppression'],
  found: [`getSuppression ${rule}`],
  fault: edited(suppression, edit, [404]),
});

const problems: Planted[] = [
  problem('a problem that may wrongly be retried', (body) => Object.assign(body, { retryable: true })),
  problem('a problem with another status in it', (body) => Object.assign(body, { status: 400 })),
  problem('a problem with a code of another status', (body) =>
    Object.assign(body, { code: 'forbidden', type: '/problems/forbidden' }),
  ),
  problem('a problem with the page of another code', (body) => Object.assign(body, { type: '/problems/forbidden' })),
  problem('a problem of another request', (body) =>
    Object.assign(body, { request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma' }),
  ),
  problem('a problem of another path', (body) => Object.assign(body, { instance: '/somewhere' })),
  problem('a problem without a code', (body) => delete body.code, 'schema'),
  problem(
    'a code that the enum does not have',
    (body) => Object.assign(body, { code: 'gone', type: '/problems/gone' }),
    'schema',
  ),
  problem('a pointer of no known form', (body) =>
    Object.assign(body, { errors: [{ pointer: 'body.to', detail: 'no' }] }),
  ),
];

const requests: Planted[] = [
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

const access = ({ own, stranger }: Keys): Planted[] => [
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

const idempotency = (what: string, fault: Fault): Planted => ({
  what,
  only: ['createSuppression'],
  found: ['createSuppression idempotency'],
  fault,
});

const keyed: (() => Planted)[] = [
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

const pages = (what: string, fault: Fault): Planted => ({
  what,
  only: ['listSuppressions'],
  found: ['listSuppressions pagination'],
  fault,
});

const paged: (() => Planted)[] = [
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

const isStream = at('GET', /^\/events\/stream$/);

const frames = (what: string, edit: (frames: string[]) => string[]): Planted => ({
  what,
  only: ['streamEvents'],
  found: ['streamEvents stream'],
  fault: async (seen, forward) => {
    const answer = await forward();
    if (!isStream(seen) || answer.status !== 200) return answer;
    const [head = '', ...rest] = answer.body.split('\n\n').filter(Boolean);
    return { ...answer, body: `${[head, ...edit(rest)].join('\n\n')}\n\n` };
  },
});

const streamed: Planted[] = [
  frames('a stream that skips an event', (list) => list.toSpliced(1, 1)),
  frames('a stream that gives an event twice', ([first = '', ...rest]) => [first, first, ...rest]),
  frames('a stream whose frames are of another type than their events', (list) =>
    list.map((frame) => frame.replace(/^event: .*$/m, 'event: email.opened')),
  ),
  frames('a stream with a field that nobody documents', (list) =>
    list.map((frame) => frame.replace('data: {', 'data: {"tenant":1,')),
  ),
  {
    what: 'a stream that resumes behind nothing',
    only: ['streamEvents'],
    found: ['streamEvents stream'],
    fault: async (seen, forward) => {
      const answer = await forward();
      return isStream(seen) && answer.status === 400
        ? forward({ headers: without(seen.headers, 'last-event-id') })
        : answer;
    },
  },
];

export const planted = (keys: Keys): Planted[] => [
  ...answers,
  ...problems,
  ...requests,
  ...access(keys),
  ...keyed.map((make) => make()),
  ...paged.map((make) => make()),
  ...streamed,
];
