import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

let ahead_ms = 0;
let koltrix: Installation;
let acme: Tenant;
/** Subjects by the time at which they were accepted. */
const times: Record<string, string> = {};

const mail = { from: 'Acme <hello@acme.example>', to: ['ada@example.test'], body_text: 'Hello there' };

beforeAll(async () => {
  koltrix = await givenKoltrix({ now: () => new Date(Date.now() + ahead_ms) });
  acme = await koltrix.tenant();
  await acme.suppress('sam@example.test');
  const send = async (subject: string, more: object) => {
    ahead_ms += 60_000;
    const { id, created_at } = await acme.koltrix.emails.send({ ...mail, subject, ...more });
    times[subject] = created_at;
    return id;
  };
  const settling = [
    await send('plain', {}),
    await send('tagged', { tags: { kind: 'receipt', lang: 'en' } }),
    await send('otherwise', { tags: { kind: 'reminder' }, from: 'Billing@ACME.example' }),
    await send('crowd', { to: ['Bob <bob@example.test>'], cc: ['ADA@Example.test'], bcc: ['eve@example.test'] }),
    await send('bounced', { to: ['bounced@simulator.test'], tags: { kind: 'receipt' } }),
    await send('suppressed', { to: ['sam@example.test'] }),
    await send('odd', { to: ['ünï@ünïcode.test'], tags: { "it's": '50%:off', 'a"b': '\\' } }),
  ];
  for (const id of settling) await acme.settled(id);
  const later = new Date(Date.now() + ahead_ms + 86_400_000).toISOString();
  await send('scheduled', { scheduled_at: later, tags: { kind: 'receipt' } });
  await acme.koltrix.emails.cancel(await send('canceled', { scheduled_at: later }));
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const oldestFirst = ['plain', 'tagged', 'otherwise', 'crowd', 'bounced', 'suppressed', 'odd', 'scheduled', 'canceled'];

/** Asks by hand, so that each filter is as a URL has it. */
async function found(filter: Record<string, string>): Promise<string[]> {
  const subjects: string[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ ...filter, limit: '2', ...(cursor && { cursor }) });
    const response = await acme.fetch(`/emails?${query}`);
    const page = (await response.json()) as { data: { subject: string }[]; next_cursor: string | null };
    subjects.push(...(page.data ?? []).map(({ subject }) => subject));
    cursor = page.next_cursor;
  } while (cursor);
  return subjects.reverse();
}

test('without a filter all emails are listed', async () => {
  expect(await found({})).toEqual(oldestFirst);
});

test.each([
  [{ status: 'delivered' }, ['plain', 'tagged', 'otherwise', 'crowd', 'odd']],
  [{ status: 'bounced' }, ['bounced']],
  [{ status: 'suppressed' }, ['suppressed']],
  [{ status: 'scheduled' }, ['scheduled']],
  [{ status: 'canceled' }, ['canceled']],
  [{ status: 'queued' }, []],
  [{ status: 'complained' }, []],
  [{ recipient: 'bob@example.test' }, ['crowd']],
  [{ recipient: 'eve@example.test' }, ['crowd']],
  [{ recipient: 'Ada@EXAMPLE.test' }, ['plain', 'tagged', 'otherwise', 'crowd', 'scheduled', 'canceled']],
  [{ recipient: 'ünï@ünïcode.test' }, ['odd']],
  [{ recipient: 'ünï@xn--ncode-cta3g.test' }, ['odd']],
  [{ recipient: 'ob@example.test' }, []],
  [{ from: 'billing@acme.example' }, ['otherwise']],
  [{ from: 'acme@acme.example' }, []],
  [{ tag: 'kind' }, ['tagged', 'otherwise', 'bounced', 'scheduled']],
  [{ tag: 'kind:receipt' }, ['tagged', 'bounced', 'scheduled']],
  [{ tag: 'kind:Receipt' }, []],
  [{ tag: 'kind:' }, []],
  [{ tag: 'lang:en' }, ['tagged']],
  [{ tag: 'receipt' }, []],
  [{ tag: "it's" }, ['odd']],
  [{ tag: "it's:50%:off" }, ['odd']],
  [{ tag: 'a"b:\\' }, ['odd']],
  [{ tag: 'toString' }, []],
  [{ status: 'delivered', tag: 'kind' }, ['tagged', 'otherwise']],
  [{ status: 'delivered', tag: 'kind:receipt' }, ['tagged']],
  [{ status: 'delivered', recipient: 'ada@example.test', from: 'billing@acme.example' }, ['otherwise']],
  [
    { status: 'bounced', recipient: 'bounced@simulator.test', tag: 'kind:receipt', from: 'hello@acme.example' },
    ['bounced'],
  ],
  [{ recipient: 'ada@example.test', tag: 'kind:receipt' }, ['tagged', 'scheduled']],
  [{ from: 'billing@acme.example', tag: 'kind:receipt' }, []],
] as [Record<string, string>, string[]][])('%j finds %j', async (filter, subjects) => {
  expect(await found(filter)).toEqual(subjects);
});

test('created_after includes its moment, created_before does not', async () => {
  const at = times.crowd as string;
  expect(await found({ created_after: at })).toEqual(oldestFirst.slice(3));
  expect(await found({ created_before: at })).toEqual(oldestFirst.slice(0, 3));
  expect(await found({ created_after: times.tagged as string, created_before: at })).toEqual(['tagged', 'otherwise']);
  expect(await found({ created_after: at, created_before: at })).toEqual([]);
});

test('times in another zone are the same times, and combine with all else', async () => {
  const at = new Date(Date.parse(times.crowd as string) + 2 * 3_600_000).toISOString().replace('Z', '+02:00');
  expect(await found({ created_after: at })).toEqual(oldestFirst.slice(3));
  expect(await found({ created_after: at, tag: 'kind:receipt', status: 'bounced' })).toEqual(['bounced']);
  expect(await found({ created_before: at, tag: 'kind:receipt', recipient: 'ada@example.test' })).toEqual(['tagged']);
});

test('a message that is opened to several recipients is listed under the email’s own status alone', async () => {
  const to = ['ada@example.test', 'bounced@simulator.test', 'sam@example.test'];
  const umbrella = await koltrix.tenant();
  await umbrella.suppress('sam@example.test');
  const { id } = await umbrella.koltrix.emails.send({ ...mail, to, subject: 'mixed' });
  expect((await umbrella.settled(id)).status).toBe('delivered');
  const ids = async (status: 'delivered' | 'bounced' | 'suppressed') =>
    (await umbrella.koltrix.emails.list({ status })).data.map((email) => email.id);
  expect([await ids('delivered'), await ids('bounced'), await ids('suppressed')]).toEqual([[id], [], []]);
});
