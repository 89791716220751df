import fc from 'fast-check';
import type { SendEmail, TestMessage } from 'koltrix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalAddress } from '../../server/mail/address.ts';
import { arbitraryAddress } from '../support/arbitrary-address.ts';
import { givenClock } from '../support/clock.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const plain: SendEmail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hi', body_text: 'Hello' };

/** What the recipient’s server got, with the contents of its attachments. */
async function received(acme: Tenant, change: Partial<SendEmail>): Promise<TestMessage> {
  const { id } = await acme.koltrix.emails.send({ ...plain, ...change });
  const { messages } = await acme.settled(id);
  expect(messages.map(({ status }) => status)).toEqual(messages.map(() => 'delivered'));
  const [head] = await acme.captured();
  return acme.koltrix.testMessages.get(head?.id as string);
}

const valuesOf = ({ headers }: TestMessage, wanted: string) =>
  headers.filter(({ name }) => name.toLowerCase() === wanted).map(({ value }) => value);

const lines = (text: string | null) => text?.replaceAll('\r\n', '\n').replace(/\n$/, '');

describe('a mail by fields arrives', () => {
  test.each(['Grüße aus Köln 🎉', '漢字'.repeat(60), 'Tab\tand  spaces', 'Ünïcödé '.repeat(60).trim()])(
    'with the subject %j',
    async (subject) => {
      expect((await received(await koltrix.tenant(), { subject })).subject).toBe(subject);
    },
  );

  test('with names in many scripts, and addresses that they are not mixed up with', async () => {
    const mail = await received(await koltrix.tenant(), {
      from: 'Jörg von Acme <hello@acme.example>',
      to: ['"Lovelace, Ada" <ada@example.test>'],
      cc: ['山田 <yamada@example.test>', '"eve@evil.test" <bob@example.test>'],
      reply_to: ['Müller & Söhne <reply@acme.example>'],
    });
    expect(mail.from).toMatch(/^"?Jörg von Acme"? <hello@acme\.example>$/);
    expect(mail.to).toEqual([expect.stringMatching(/^"?Lovelace, Ada"? <ada@example\.test>$/)]);
    expect(mail.cc).toEqual([
      expect.stringMatching(/^"?山田"? <yamada@example\.test>$/),
      expect.stringMatching(/^"?eve@evil\.test"? <bob@example\.test>$/),
    ]);
  });

  test('at an internationalised domain and local part', async () => {
    const mail = await received(await koltrix.tenant(), {
      from: 'hello@bücher.example',
      to: ['Jörg <jörg@bücher.example>'],
    });
    expect(mail).toMatchObject({ rcpt_to: 'jörg@xn--bcher-kva.example', mail_from: 'hello@xn--bcher-kva.example' });
    expect(valuesOf(mail, 'message-id')[0]).toMatch(/@xn--bcher-kva\.example>$/);
  });

  test('as alternatives of text and markup, both as they were written', async () => {
    const body_text = `Grüße,\n.\n..\n.dot\nFrom here\n${'lang '.repeat(300)}\n\n  spaces  `;
    const body_html = `<p>Grüße 🎉</p>\n<!-- ${'x'.repeat(3_000)} -->\n.\n`;
    const mail = await received(await koltrix.tenant(), { body_text, body_html });
    expect(lines(mail.body_text)).toBe(body_text);
    expect(lines(mail.body_html)).toBe(body_html.replace(/\n$/, ''));
    expect(valuesOf(mail, 'content-type')[0]).toMatch(/^multipart\/alternative/);
  });

  test.each([
    ['', ''],
    ['.', '.'],
    ['\r\n\r\n', ''],
    ['a\rb\nc\r\nd', 'a\nb\nc\nd'],
  ])('with the text %j', async (body_text, arrived) => {
    const mail = await received(await koltrix.tenant(), { body_text });
    expect(lines(mail.body_text)?.trimEnd() ?? '').toBe(arrived);
    expect(mail.raw).not.toMatch(/\r(?!\n)|[^\r]\n/);
  });

  test('with its pictures and files, byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 * 40 }, (_, i) => (i * 7) % 256));
    const mail = await received(await koltrix.tenant(), {
      body_html: '<img src="cid:logo@acme">',
      attachments: [
        { filename: 'logo.png', content: bytes.toString('base64'), content_type: 'image/png', content_id: 'logo@acme' },
        { filename: 'Rechnung für "Ünal"; №1 漢.pdf', content: bytes.toString('base64') },
        { filename: 'notes.txt', content: Buffer.from('a\rb\nc\r\nd').toString('base64'), content_type: 'text/plain' },
        { filename: 'old.eml', content: Buffer.from(`A: b\n\n${'x'.repeat(2_000)}\r`).toString('base64') },
        { filename: 'empty.bin', content: '' },
      ],
    });
    const found = mail.attachments.map(({ filename, content_id }) => [filename, content_id]);
    expect(found).toEqual([
      ['logo.png', 'logo@acme'],
      ['Rechnung für "Ünal"; №1 漢.pdf', null],
      ['notes.txt', null],
      ['old.eml', null],
      ['empty.bin', null],
    ]);
    const contents = mail.attachments.map(({ content }) => Buffer.from(content as string, 'base64'));
    expect(contents.map((content) => content.length)).toEqual([bytes.length, bytes.length, 8, 2_007, 0]);
    expect(contents[0]?.equals(bytes) && contents[1]?.equals(bytes)).toBe(true);
    expect(mail.attachments[1]?.content_type).toBe('application/pdf');
  });

  test('with its own headers beside ours', async () => {
    const mail = await received(await koltrix.tenant(), {
      headers: { 'X-Order': '4711', 'List-Id': 'News <news.acme.example>' },
    });
    expect(valuesOf(mail, 'x-order')).toEqual(['4711']);
    expect(valuesOf(mail, 'list-id')).toEqual(['News <news.acme.example>']);
    for (const name of ['message-id', 'date', 'from', 'to', 'subject', 'mime-version', 'feedback-id']) {
      expect(valuesOf(mail, name), name).toHaveLength(1);
    }
  });
});

test('Bcc is in the envelope alone, and every recipient’s copy has a Message-ID of its own', async () => {
  const acme = await koltrix.tenant();
  const { id } = await acme.koltrix.emails.send({
    ...plain,
    cc: ['bob@example.test'],
    bcc: ['Eve <eve@example.test>'],
  });
  const { messages } = await acme.settled(id);
  const captured = await acme.captured();
  expect(captured.map(({ rcpt_to }) => rcpt_to).sort()).toEqual([
    'ada@example.test',
    'bob@example.test',
    'eve@example.test',
  ]);
  for (const mail of captured) {
    expect(mail.raw).not.toMatch(/eve|bcc/i);
    const message = messages.find(({ recipient }) => recipient === mail.rcpt_to);
    expect(valuesOf(mail, 'message-id')).toEqual([`<${message?.id}@acme.example>`]);
  }
});

test('a copy that is tried again has the Message-ID and the bytes of the first try', async () => {
  const clock = givenClock();
  await using other = await givenKoltrix({ now: clock.now });
  const acme = await other.tenant();
  const { messages } = await acme.koltrix.emails.send({ ...plain, to: ['deferred@simulator.test'] });
  for (const tries of [1, 2]) {
    // Not in the middle of a try: its lease would run out.
    await until(async () => (await acme.events('email.delivery_delayed')).length === tries);
    clock.advance({ seconds: 60 });
  }
  const [mail] = await until(async () => {
    const found = await acme.captured();
    return found.length > 0 && found;
  });
  expect(mail && valuesOf(mail, 'message-id')).toEqual([`<${messages[0]?.id}@acme.example>`]);
  expect((await acme.events('email.delivery_delayed')).length).toBe(2);
});

test('every address that is accepted gets its mail by SMTP', async () => {
  const acme = await koltrix.tenant();
  const all = new Map(fc.sample(arbitraryAddress, { numRuns: 120, seed: 4711 }).map((a) => [canonicalAddress(a), a]));
  const { data } = await acme.koltrix.emails.sendBatch({
    emails: [...all.values()].map((address) => ({ ...plain, to: [address] })),
  });
  const refused = (await Promise.all(data.map(({ id }) => acme.settled(id)))).flatMap(({ messages }) =>
    messages.filter(({ status }) => status !== 'delivered').map(({ recipient, last_reply }) => [recipient, last_reply]),
  );
  expect(refused).toEqual([]);
  const captured = await acme.captured();
  expect(captured.map(({ rcpt_to }) => rcpt_to).sort()).toEqual([...all.keys()].sort());
});
