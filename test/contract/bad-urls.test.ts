import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem, operations } from '../support/contract.ts';
import { type Careless, givenCareless, goodMail } from '../support/refusal.ts';

let careless: Careless;
beforeAll(async () => {
  careless = await givenCareless();
});
afterAll(() => careless[Symbol.asyncDispose]());

const invalid = (pointer: string, says: RegExp) => ({ status: 400, code: 'invalid-request' as const, pointer, says });
const notFound = { status: 404, code: 'not-found' as const };
const opaque = (text: string) => Buffer.from(text).toString('base64url');
const id = '01k9zq7d8ye2wbn5w0c8v7x3ma';

const methods = Map.groupBy(operations, ({ path }) => path.replaceAll(/\{\w+\}/g, 'x'));
test.each([...methods])('%s refuses other methods and names its own', async (path, of) => {
  const allowed = of.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
    if (allowed.includes(method)) continue;
    const response = await careless.acme.fetch(path, { method });
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual(allowed.toSorted());
    if (method === 'HEAD') expect(response.status).toBe(405);
    else await expectProblem(response, { status: 405, code: 'method-not-allowed' });
  }
});

test.each([
  '/nothing',
  '/emails/em_x/nothing',
  '/Emails',
  '/EMAILS',
  '/events/Stream',
  '//emails',
  '/emails//events',
  '/emails%2Fbatch',
])('the path %s is unknown', async (path) => {
  await careless.refused(path, {}, notFound);
});

test('paths outside the API and in other cases are unknown', async () => {
  for (const path of ['/', '/api', '/api/v2', '/api/v1/emails', '/API/V2/account', '/api/v2x/account']) {
    const response = await fetch(careless.acme.url + path, {
      headers: { authorization: `Bearer ${careless.acme.key}` },
      redirect: 'manual',
    });
    if (path === '/' && response.status < 400) continue;
    await expectProblem(response, notFound);
  }
});

test('a slash at the end makes no difference', async () => {
  expect((await careless.acme.fetch('/account/')).status).toBe(200);
  expect((await careless.post('/emails/', goodMail)).status).toBe(202);
});

test('a path that is not percent-encoded UTF-8 is refused', async () => {
  for (const path of ['/emails/%E0%A4%A', '/suppressions/%ff', '/idempotency-keys/%']) {
    await careless.refused(path, {}, { status: 400, code: 'invalid-request', says: /percent-encoded/ });
  }
});

test.each([
  [`/emails/${id}`, '{email_id}'],
  [`/emails/em_${id.toUpperCase()}`, '{email_id}'],
  [`/emails/em_8${id.slice(1)}`, '{email_id}'],
  [`/emails/msg_${id}`, '{email_id}'],
  ['/emails/00000000-0000-0000-0000-000000000000', '{email_id}'],
  [`/emails/em_${id}%00`, '{email_id}'],
  [`/emails/em_${id}%27%20or%201=1`, '{email_id}'],
  [`/webhooks/em_${id}`, '{webhook_id}'],
  [`/test/messages/${'x'.repeat(3_000)}`, '{test_message_id}'],
  ['/suppressions/nobody', '{address}'],
  ['/idempotency-keys/%00', '{key}'],
  [`/idempotency-keys/${'k'.repeat(300)}`, '{key}'],
])('an id of another form is refused: %s', async (path, pointer) => {
  await careless.refused(path, {}, { status: 400, code: 'invalid-request', pointer });
});

describe('a query is refused', () => {
  const faults: [query: string, pointer: string, says: RegExp][] = [
    ['limit=0', '?limit', />= 1/],
    ['limit=-1', '?limit', />= 1/],
    ['limit=101', '?limit', /<= 100/],
    ['limit=1e9', '?limit', /<= 100/],
    ['limit=abc', '?limit', /integer/],
    ['limit=1.5', '?limit', /integer/],
    ['limit=1&limit=2', '?limit', /integer/],
    ['limit=', '?limit', /[Ee]mpty/],
    ['limits=1', '?limits', /not a known query parameter/],
    ['Limit=1', '?Limit', /not a known query parameter/],
    ['__proto__=1', '?__proto__', /not a known query parameter/],
  ];
  const lists = ['/emails', '/events', '/webhooks', '/suppressions', '/api-keys', '/test/messages'];
  test.each(lists)('of %s by what it says of the limit and by unknown names', async (list) => {
    for (const [query, pointer, says] of faults) await careless.refused(`${list}?${query}`, {}, invalid(pointer, says));
  });

  test.each([
    ['/emails?status=nope', '?status', /allowed values/],
    ['/emails?status=queued&status=sent', '?status', /string/],
    ['/emails?recipient=nope', '?recipient', /bare email address/],
    ['/emails?recipient=Ada%20%3Ca@b.example%3E', '?recipient', /bare email address/],
    ['/emails?from=a@b.example%0A', '?from', /bare email address/],
    ['/emails?tag=', '?tag', /[Ee]mpty/],
    ['/emails?tag=%00', '?tag', /NUL/],
    ['/emails?tag=a:%00', '?tag', /NUL/],
    [`/emails?tag=${'x'.repeat(322)}`, '?tag', /321/],
    ['/emails?created_after=yesterday', '?created_after', /RFC 3339/],
    ['/emails?created_before=2026-12-31T23:59:60Z', '?created_before', /RFC 3339/],
    ['/emails?created_before=1700000000', '?created_before', /RFC 3339/],
    ['/events?type=email.nope', '?type/0', /allowed values/],
    ['/events?type=email.sent&type=email.sent', '?type', /duplicate/],
    [`/events?after=evt_${id}`, '?after', /names no event/],
    ['/events?after=1', '?after', /pattern/],
    ['/suppressions?reason=nope', '?reason', /allowed values/],
    ['/test/messages?wait=31', '?wait', /<= 30/],
    ['/test/messages?wait=-1', '?wait', />= 0/],
    ['/test/messages?since=2026-02-30T00:00:00Z', '?since', /RFC 3339/],
    ['/test/messages?to=nobody', '?to', /bare email address/],
  ])('%s', async (path, pointer, says) => {
    await careless.refused(path, {}, invalid(pointer, says));
  });

  test('also at the door of the stream', async () => {
    const event = { 'last-event-id': `evt_${id}` };
    await careless.refused('/events/stream', { headers: event }, invalid('Last-Event-ID:', /names no event/));
    const nonsense = { headers: { 'last-event-id': '42' } };
    await careless.refused('/events/stream', nonsense, { status: 400, code: 'invalid-request' });
  });
});

describe('a cursor that no page gave is refused', () => {
  const cursors = [
    'x',
    '*',
    opaque('x'),
    opaque('\0'),
    opaque(`${'9'.repeat(300)} a@b.example`),
    opaque('1 a\0'),
    opaque("'"),
  ];

  test.each(['/emails', '/webhooks', '/suppressions', '/api-keys', '/test/messages'])('by %s', async (list) => {
    for (const cursor of cursors) {
      await careless.refused(`${list}?cursor=${cursor}`, {}, invalid('?cursor', /next_cursor/));
    }
    await careless.refused(`${list}?cursor=${'x'.repeat(513)}`, {}, invalid('?cursor', /512/));
    await careless.refused(`${list}?cursor=`, {}, invalid('?cursor', /[Ee]mpty/));
  });

  test('by the lists below a thing', async () => {
    const webhook = await careless.acme.koltrix.webhooks.create({ url: 'https://hooks.acme.example/' });
    const email = await careless.acme.koltrix.emails.send(goodMail);
    const strangers = opaque('01890000-0000-7000-8000-000000000000');
    for (const cursor of cursors) {
      await careless.refused(`/webhooks/${webhook.id}/deliveries?cursor=${cursor}`, {}, invalid('?cursor', /next_/));
      await careless.refused(`/emails/${email.id}/events?cursor=${cursor}`, {}, invalid('?cursor', /next_cursor/));
    }
    await careless.refused(`/emails/${email.id}/events?cursor=${strangers}`, {}, invalid('?cursor', /next_cursor/));
  });
});

test.each(['a/b@x.test', '"a.b"@x.test', 'ünïcode@ünïcode.test', "o'brien+tag@x.test", 'a%2Fb@x.test', '#?&=@x.test'])(
  'a suppression of the odd address %s can be found, listed and lifted by it',
  async (address) => {
    const { suppressions } = careless.acme.koltrix;
    const created = await suppressions.create({ address });
    expect(await suppressions.get(address)).toEqual(created);
    expect(await suppressions.get(created.address)).toEqual(created);
    await suppressions.create({ address: 'behind@x.test' });
    const listed = await Array.fromAsync(suppressions.list({ limit: 1 }));
    expect(listed.map((s) => s.address)).toEqual(expect.arrayContaining([created.address, 'behind@x.test']));
    await suppressions.delete(address);
    const path = `/suppressions/${encodeURIComponent(address)}`;
    await careless.refused(path, { method: 'DELETE' }, notFound);
  },
);
