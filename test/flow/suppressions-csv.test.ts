import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clock, givenClock } from '../support/clock.ts';
import { isMock } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

let clock: Clock;
let koltrix: Installation;
beforeAll(async () => {
  clock = givenClock();
  koltrix = await givenKoltrix({ now: clock.now });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const exported = async (tenant: Tenant) => Buffer.from(await tenant.koltrix.suppressions.export()).toString();
const linesOf = (csv: string) => csv.trimEnd().split('\r\n');

/** Such as an evil server may have answered. */
async function giveDiagnostic(tenant: Tenant, text: string): Promise<void> {
  await koltrix.database.db.query({
    name: 'test.evil_diagnostic',
    text: `update suppressions set diagnostic = $2 where tenant_id = $1 and address = 'plain@example.test'`,
    values: [tenant.id, text],
  });
}

test('a list is imported, suppresses, and the same file again changes nothing', async () => {
  const acme = await koltrix.tenant();
  const file = 'address,reason,expires_at\nbob@example.test,hard,\nEve@Example.test,,2099-01-01T00:00:00Z\nnobody,,\n';
  const faults = [{ line: 4, detail: '"nobody" is no email address' }];
  expect(await acme.koltrix.suppressions.import(file)).toEqual({ imported: 2, unchanged: 0, failed: 1, faults });
  expect(await acme.koltrix.suppressions.import(file)).toEqual({ imported: 0, unchanged: 2, failed: 1, faults });
  expect(await acme.koltrix.suppressions.get('eve@example.test')).toMatchObject({
    reason: 'manual',
    expires_at: '2099-01-01T00:00:00.000Z',
  });
  const mail = { from: 'hello@acme.example', subject: 'Hello', body_text: 'Hello there' };
  const email = await acme.koltrix.emails.send({ ...mail, to: ['bob@example.test'] });
  expect(email.messages[0]?.status).toBe('suppressed');
});

test.each(['\n', '\r\n'])(
  'the lines of faults are those of the file, also behind cells of several lines: %j',
  async (newline) => {
    const acme = await koltrix.tenant();
    const lines = [
      'address,diagnostic',
      'a@example.test,"550 no',
      'such user',
      '',
      'here"',
      'b@example.test',
      'nobody',
      '"x',
      'y"',
    ];
    const { imported, faults } = await acme.koltrix.suppressions.import(lines.join(newline));
    expect({ imported, lines: faults.map(({ line }) => line) }).toEqual({ imported: 2, lines: [7, 9] });
  },
);

test('an import never shortens what is known, and lengthens what is not for good', async () => {
  const acme = await koltrix.tenant();
  await acme.suppress('good@example.test');
  await acme.koltrix.suppressions.create({ address: 'short@example.test', expires_at: '2090-01-01T00:00:00Z' });
  const soon = new Date(clock.now().getTime() + 60_000).toISOString();
  await acme.koltrix.suppressions.create({ address: 'past@example.test', expires_at: soon, reason: 'soft' });
  clock.advance({ seconds: 61 });
  const file = ['address,reason,expires_at', 'good', 'short', 'past']
    .map((name, i) => (i ? `${name}@example.test,block,2095-01-01T00:00:00Z` : name))
    .join('\n');
  expect(await acme.koltrix.suppressions.import(file)).toMatchObject({ imported: 2, unchanged: 1, failed: 0 });
  const of = (name: string) => acme.koltrix.suppressions.get(`${name}@example.test`);
  expect(await of('good')).toMatchObject({ reason: 'manual', expires_at: null });
  expect(await of('short')).toMatchObject({ reason: 'block', expires_at: '2095-01-01T00:00:00.000Z' });
  expect(await of('past')).toMatchObject({ reason: 'block', expires_at: '2095-01-01T00:00:00.000Z' });
});

test('an export holds no formula, and imported elsewhere it is the same list', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  const addresses = ['=cmd|x@example.test', '+plus@example.test', '-minus@example.test', "'+quoted@example.test"];
  for (const address of [...addresses, 'plain@example.test']) await acme.suppress(address);
  await acme.koltrix.suppressions.create({ address: '+plus@example.test', topic: 'newsletter' });
  if (!isMock)
    await giveDiagnostic(acme, '=HYPERLINK("https://evil.example","550, ""no"""),\r\nforged@example.test,hard');
  const csv = await exported(acme);
  for (const line of linesOf(csv)) expect(line).not.toMatch(/(^|,)"?[=+\-@\t]/);
  await umbrella.koltrix.suppressions.import(csv);
  const list = async (tenant: Tenant) =>
    (await Array.fromAsync(tenant.koltrix.suppressions.list()))
      .map(({ address, topic }) => `${address} ${topic}`)
      .toSorted();
  expect(await list(umbrella)).toEqual(await list(acme));
  expect(await list(umbrella)).toHaveLength(6);
});

test('an export streams any number, leaves out what has expired and what is another tenant’s, and is a file', async () => {
  const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
  await umbrella.suppress('theirs@example.test');
  const soon = new Date(clock.now().getTime() + 60_000).toISOString();
  await acme.koltrix.suppressions.create({ address: 'past@example.test', expires_at: soon });
  const file = Array.from({ length: 5_432 }, (_, i) => `a${i}@example.test`).join('\n');
  expect(await acme.koltrix.suppressions.import(file)).toMatchObject({ imported: 5_432 });
  clock.advance({ seconds: 61 });
  const answer = await acme.fetch('/suppressions/export');
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="suppressions.csv"');
  const [header, ...lines] = linesOf(await answer.text());
  expect(header).toBe('address,topic,reason,expires_at,created_at,source_message_id,diagnostic');
  expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(5_432);
  expect(lines.some((line) => /^(theirs|past)@/.test(line))).toBe(false);
});

test('an import of something else is refused', async () => {
  const acme = await koltrix.tenant();
  const post = (body: string | Buffer, type: string) =>
    acme.fetch('/suppressions/import', { method: 'POST', headers: { 'content-type': type }, body: body as never });
  expect((await post('{"address":"bob@example.test"}', 'application/json')).status).toBe(415);
  expect((await post('', 'text/csv')).status).toBe(400);
  expect((await post('name\nBob\n', 'text/csv')).status).toBe(400);
  expect((await post(Buffer.from([0x61, 0xff, 0x0a]), 'text/csv')).status).toBe(400);
  expect((await post(`address\n${'x@example.test\n'.repeat(100_001)}`, 'text/csv; charset=utf-8')).status).toBe(413);
  const read = await acme.keyWith('read');
  const init = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'bob@example.test', key: read };
  expect((await acme.fetch('/suppressions/import', init)).status).toBe(403);
  expect(await exported(acme)).toBe('address,topic,reason,expires_at,created_at,source_message_id,diagnostic\r\n');
});
