import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenClock } from '../support/clock.ts';
import { type Door, doors } from '../support/doors.ts';
import { serverTest } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { refused } from '../support/refused.ts';
import type { Tenant } from '../support/tenant.ts';

const clock = givenClock();
let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix({ now: clock.now });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const mail = { to: ['ada@example.test'], subject: 'Your receipt', idempotencyKey: 'order-4711' };

async function emailsOf({ koltrix }: Tenant): Promise<string[]> {
  return (await Array.fromAsync(koltrix.emails.list())).map(({ id }) => id);
}

describe.each(doors)('a request with an idempotency key by $name', ({ name, submit }) => {
  const reused = name === 'SMTP' ? '550 5.7.0' : 'idempotency-key-reused';

  test('is executed once, however often it comes', async () => {
    const acme = await koltrix.tenant();
    const id = await submit(acme, mail);
    await acme.settled(id);
    expect(await submit(acme, mail)).toBe(id);
    expect(await submit(acme, mail)).toBe(id);
    expect(await emailsOf(acme)).toEqual([id]);
    expect((await acme.events()).map((event) => event.type)).toEqual(['email.queued', 'email.sent', 'email.delivered']);
    expect(await acme.captured()).toHaveLength(1);
  });

  test.each([
    ['another text', { text: 'Something else' }],
    ['another recipient', { to: ['bob@example.test'] }],
    ['one more recipient', { to: ['ada@example.test', 'bob@example.test'] }],
    ['another sender', { from: 'other@acme.example' }],
  ])('is refused when the key comes back with %s, and nothing more is sent', async (_what, change) => {
    const acme = await koltrix.tenant();
    const id = await submit(acme, mail);
    expect(await refused(submit(acme, { ...mail, ...change }))).toBe(reused);
    expect(await emailsOf(acme)).toEqual([id]);
    expect(await submit(acme, mail)).toBe(id);
  });

  test('does not keep the key to itself when it is refused', async () => {
    const acme = await koltrix.tenant();
    const broken = { ...mail, subject: 'Your receipt\r\nis no header' };
    expect(await refused(submit(acme, broken))).toBe(name === 'SMTP' ? '550 5.6.0' : 'invalid-request');
    const id = await submit(acme, mail);
    expect(await emailsOf(acme)).toEqual([id]);
  });

  test('is executed again after 24 hours', async () => {
    const acme = await koltrix.tenant();
    const first = await submit(acme, mail);
    clock.advance({ hours: 23 });
    expect(await submit(acme, mail)).toBe(first);
    clock.advance({ hours: 1, seconds: 1 });
    const second = await submit(acme, { ...mail, text: 'Another day, another mail' });
    expect(second).not.toBe(first);
    expect(await emailsOf(acme)).toEqual([second, first]);
    expect((await acme.koltrix.idempotencyKeys.get('order-4711')).email_id).toBe(second);
  });

  test('stays what it was when a suppression comes or goes', async () => {
    const acme = await koltrix.tenant();
    await acme.suppress('bob@example.test');
    const both = { ...mail, to: ['ada@example.test', 'bob@example.test'] };
    const id = await submit(acme, both);
    await acme.koltrix.suppressions.delete('bob@example.test');
    await acme.suppress('ada@example.test');
    expect(await submit(acme, both)).toBe(id);
    const { messages } = await acme.settled(id);
    expect(messages.map(({ recipient, status }) => [recipient, status])).toEqual([
      ['ada@example.test', 'delivered'],
      ['bob@example.test', 'suppressed'],
    ]);
    expect(await acme.captured('bob@example.test')).toEqual([]);
  });

  test('has nothing to do with the same key of another tenant', async () => {
    const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
    const [ours, theirs] = [await submit(acme, mail), await submit(umbrella, { ...mail, text: 'Other words' })];
    expect(ours).not.toBe(theirs);
    expect(await submit(acme, mail)).toBe(ours);
    await expect(umbrella.koltrix.emails.get(ours)).rejects.toMatchObject({ code: 'not-found' });
  });
});

const pairs: [string, Door, string, Door][] = doors
  .flatMap((first) =>
    doors.filter((second) => second !== first).map((second) => [first.name, first, second.name, second] as const),
  )
  .map((pair) => [...pair]);

test.each(pairs)('one key first by %s and then by %s stands for the first', async (_a, first, name, second) => {
  const acme = await koltrix.tenant();
  const id = await first.submit(acme, mail);
  expect(await refused(second.submit(acme, mail))).toBe(name === 'SMTP' ? '550 5.7.0' : 'idempotency-key-reused');
  await acme.settled(id);
  expect(await emailsOf(acme)).toEqual([id]);
  expect(await acme.captured()).toHaveLength(1);
});

// The mock has no relay.
serverTest('the header by which SMTP names a request is not in the mail that is delivered', async () => {
  const acme = await koltrix.tenant();
  const smtp = doors.find(({ name }) => name === 'SMTP') as Door;
  await acme.settled(await smtp.submit(acme, mail));
  const [captured] = await acme.captured();
  expect(captured?.raw).toContain('Subject: Your receipt\r\n');
  expect(captured?.raw).not.toMatch(/koltrix-idempotency|order-4711/i);
});
