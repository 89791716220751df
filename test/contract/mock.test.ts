import type { Koltrix } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../sdk/src/testing/generated/operations.gen.ts';
import { behaviours } from '../../sdk/src/testing/operations/index.ts';
import { meaning as mockMeaning } from '../../sdk/src/testing/problem.ts';
import { meaning } from '../../server/http/problem.ts';
import type { Installation } from '../support/installation.ts';
import { givenKoltrix } from '../support/koltrix.ts';
import { givenMock } from '../support/mock.ts';
import { until } from '../support/until.ts';

let server: Installation;
let mock: Installation;
beforeAll(async () => {
  [server, mock] = [await givenKoltrix(), await givenMock()];
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await mock[Symbol.asyncDispose]();
});

const from = 'Acme GmbH <Hello@Acme.example>';

/** What somebody does and sees; the mock must show him just what the server shows. */
const stories: Record<string, (koltrix: Koltrix) => Promise<unknown>> = {
  async 'an email with everything'(koltrix) {
    const { id } = await koltrix.emails.send({
      from,
      to: ['Ada Lovelace <ada@example.test>', 'ADA@example.test'],
      cc: ['"Bob, the builder" <bob@example.test>'],
      bcc: ['eve@example.test'],
      reply_to: ['help@acme.example'],
      subject: 'Grüße, und mehr davon als in eine einzige Zeile des Kopfes passt: 🚀',
      body_text: 'Hello\nthere: https://acme.example/a?b=c&d (and https://acme.example/(x)).\n',
      body_html: '<p>Hi <a href="https://acme.example/?a=1&amp;b=2">you</a><img src="cid:logo"></p>',
      headers: { 'X-Order': '4711', Precedence: 'bulk' },
      attachments: [
        { filename: 'Rechnung für Ada.pdf', content: 'aGVsbG8=' },
        { filename: 'logo.png', content: 'iVBORw0KGgo=', content_id: 'logo' },
        { filename: 'notes', content: '', content_type: 'text/plain; charset=utf-8' },
      ],
      tags: { kind: 'receipt' },
      metadata: { order: [1, { a: null }] },
    });
    return followed(koltrix, id);
  },

  async 'a raw message'(koltrix) {
    const source = [
      'From: =?utf-8?q?Gr=C3=BC=C3=9Fe?= <hello@acme.example>',
      'To: "Lovelace, Ada" <ada@example.test>, friends: bob@example.test;',
      'Subject: =?utf-8?b?R3LDvMOfZQ==?= =?utf-8?q?_zwei?=',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      'preamble',
      '--b',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'Caf=E9 =',
      'ol=E9 https://acme.example/1.',
      '--b',
      'Content-Type: text/html',
      '',
      "<a href='https://acme.example/2'>x</a>",
      '--b--',
      '',
    ].join('\r\n');
    const rcpt_to = ['ada@example.test', 'carol@example.test'];
    return followed(koltrix, (await koltrix.emails.sendRaw(source, { mail_from: 'bounce@acme.example', rcpt_to })).id);
  },

  async 'mail to the simulator'(koltrix) {
    const names = ['delivered', 'bounced', 'blocked', 'complained+x', 'async-bounced', 'nobody'];
    const to = names.map((name) => `${name}@simulator.test`);
    const { id } = await koltrix.emails.send({ from, to, subject: 'Hello', body_text: 'Hi' });
    await until(async () => {
      const statuses = (await koltrix.emails.get(id)).messages.map((message) => message.status);
      return statuses.includes('complained') && statuses.filter((status) => status === 'bounced').length === 4;
    });
    const again = await koltrix.emails.send({ from, to, subject: 'Again', body_text: 'Hi' });
    await settled(koltrix, again.id);
    const suppressions = byText(await Array.fromAsync(koltrix.suppressions.list()));
    const reports = byText(await Array.fromAsync(koltrix.reports.list()));
    const recipients = await Promise.all(to.map((address) => koltrix.recipients.get(address)));
    return { again, suppressions, reports, recipients, ...(await followed(koltrix, id)) };
  },

  async 'a scheduled email, canceled'(koltrix) {
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    await koltrix.suppressions.create({ address: 'Bob@Example.test', reason: 'complaint' });
    const to = ['ada@example.test', 'bob@example.test'];
    const { id } = await koltrix.emails.send({ from, to, subject: 'Later', body_text: 'Hi', scheduled_at });
    const before = await koltrix.emails.get(id);
    return [before, await koltrix.emails.cancel(id), ...(await problems([() => koltrix.emails.cancel(id)]))];
  },

  async 'a webhook and its life'(koltrix) {
    const { id } = await koltrix.webhooks.create({ url: 'https://hooks.acme.example/x', description: 'Mine' });
    const disabled = await koltrix.webhooks.update(id, { state: 'disabled', event_types: ['email.sent'] });
    const refusals = await problems([
      () => koltrix.webhooks.test(id),
      () => koltrix.webhooks.update(id, { url: 'https://10.0.0.1/' }),
      () => koltrix.webhooks.create({ url: 'https://intranet/' }),
      () => koltrix.webhooks.create({ url: 'ftp://acme.example/' }),
      () => koltrix.webhooks.create({ url: 'nonsense' }),
    ]);
    const enabled = await koltrix.webhooks.update(id, { state: 'enabled', description: null });
    await koltrix.webhooks.delete(id);
    return [disabled, enabled, refusals, ...(await problems([() => koltrix.webhooks.get(id)]))];
  },

  async 'what is refused'(koltrix) {
    const mail = { from, to: ['ada@example.test'], subject: 'Hello', body_text: 'Hi' };
    const past = new Date(Date.now() - 1_000).toISOString();
    return problems([
      () => koltrix.emails.send({} as never),
      () => koltrix.emails.send({ ...mail, to: ['nobody', 'x@y@z'], cc: 'one' as never, more: 1 } as never),
      () => koltrix.emails.send({ ...mail, headers: { Bcc: 'a@b.example', Sender: 'a@b.example' } }),
      () => koltrix.emails.send({ ...mail, subject: 'x'.repeat(950) }),
      () => koltrix.emails.send({ ...mail, tags: { 'a:b': 'c' } }),
      () => koltrix.emails.send({ ...mail, attachments: [{ filename: '', content: '%' }] }),
      () => koltrix.emails.send({ ...mail, to: Array.from({ length: 51 }, (_, i) => `a${i}@example.test`) }),
      () => koltrix.emails.sendBatch({ emails: [] }),
      () => koltrix.suppressions.create({ address: 'ada@example.test', expires_at: past }),
      () => koltrix.suppressions.create({ address: 'ada@example.test', reason: 'because' as never }),
      () => koltrix.webhooks.create({ url: 'https://a.example', event_types: [] }),
      () => koltrix.webhooks.create({ url: 'https://a.example', event_types: ['email.sent', 'email.sent'] }),
      () => koltrix.apiKeys.create({ name: '' }),
      () => koltrix.events.list({ limit: 0, type: ['email.nope' as never] }),
      () => koltrix.domains.create({ name: 'https://acme.example' }),
      () => koltrix.domains.create({ name: 'localhost' }),
    ]);
  },

  async 'a domain and its keys'(koltrix) {
    const created = await koltrix.domains.create({ name: 'Bücher.Example.' });
    const rotated = await koltrix.domains.rotateDkim(created.id);
    const twice = await problems([() => koltrix.domains.create({ name: 'bücher.example' })]);
    const listed = await Array.fromAsync(koltrix.domains.list());
    await koltrix.domains.delete(created.id);
    return { created, rotated, twice, listed, gone: await problems([() => koltrix.domains.get(created.id)]) };
  },
};

/** All that can be seen of an email once it has settled. */
async function followed(koltrix: Koltrix, id: string) {
  const email = await settled(koltrix, id);
  const captured = await Array.fromAsync(koltrix.testMessages.list({ limit: 100 }));
  const messages = await Promise.all(captured.map(({ id: tm }) => koltrix.testMessages.get(tm)));
  return {
    email,
    events: byText((await koltrix.emails.listEvents(id, { limit: 100 })).data),
    attempts: byText((await koltrix.emails.listAttempts(id, { limit: 100 })).data),
    messages: byText(messages.map(({ headers, raw, ...message }) => message)),
  };
}

function settled(koltrix: Koltrix, id: string) {
  return until(async () => {
    const email = await koltrix.emails.get(id);
    return !['queued', 'scheduled'].includes(email.status) && email;
  });
}

async function problems(calls: (() => Promise<unknown>)[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls.map((call) => call()));
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result;
    const { status, code, errors, retryable } = result.reason;
    return { status, code, retryable, errors: byText(errors) };
  });
}

/** Things of one moment come in any order; what is random in them must not decide it. */
function byText<T>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (plain(a) < plain(b) ? -1 : 1));
}

/** Ids, times and other things that differ from run to run are named alike; the order of members says nothing. */
function plain(value: unknown): string {
  return JSON.stringify(value, inOrder, 1)
    .replaceAll(/\b(em|msg|evt|wh|whd|key|tm|rep|dom)_[0-7][0-9a-z]{25}\b/g, '$1')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'time')
    .replaceAll(/"(duration_ms|size_bytes)": \d+/g, '"$1": 0')
    .replaceAll(/\bb\+\w+@/g, 'b+token@')
    .replaceAll(/\bkx[a-z2-9]{8}\b/g, 'selector')
    .replaceAll(/(p=|"[^"\n]{0,20}p=)?[A-Za-z0-9+/]{100,}=*/g, 'key');
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('the mock shows what the server shows', () => {
  test.each(Object.keys(stories))('of %s', async (name) => {
    const tell = stories[name] as (koltrix: Koltrix) => Promise<unknown>;
    const [shown, owed] = [await tell((await mock.tenant()).koltrix), await tell((await server.tenant()).koltrix)];
    expect(plain(shown).split('\n')).toEqual(plain(owed).split('\n'));
  });

  test('by a behaviour of its own for every operation', () => {
    // An example would do for a new one; whoever leaves it at that says so here.
    expect(operations.map(({ id }) => id).filter((id) => !(id in behaviours))).toEqual([]);
  });

  test('of problems', () => {
    expect(mockMeaning).toEqual(meaning);
  });
});
