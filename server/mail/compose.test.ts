import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMailbox } from './address.ts';
import { type Content, compose, stampRaw } from './compose.ts';
import { foldingFault, headerFault, isHeaderText } from './headers.ts';
import { headerValue, splitRaw } from './raw.ts';

const stamp = {
  message_id: '<msg_00000000000000000000000000@acme.example>',
  date: new Date('2026-11-22T08:00:00Z'),
  feedback_id: 'rest:ten_1:koltrix',
};
const plain: Content = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hi', body_text: 'Hello' };

/** What attacks on headers are made of, and what folding and encoding trip over. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'aB1 \t\r\n\0:;,<>@"\\=?_-.()[]%é漢😀\u0085\u2028\ud800'),
    fc.constantFrom('\r\nBcc: eve@evil.test', '=?utf-8?q?', '?=', 'Bcc:', 'x'.repeat(80), ' '.repeat(90), '="'),
  ),
  maxLength: 30,
});
const headerText = hostile.filter(isHeaderText).filter((text) => !foldingFault(text));
const mailbox = fc
  .tuple(headerText, fc.constantFrom('ada@example.test', 'jörg@bücher.example', '"a,b;c"@example.test'))
  .map(([name, address]) => `"${name.replaceAll(/["\\]/g, '\\$&')}" <${address}>`)
  .filter((text) => parseMailbox(text) !== undefined);
const headerName = fc.oneof(
  fc.constantFrom('X-Order', 'List-Id', 'References', 'In-Reply-To', 'Sender', '__proto__', 'constructor', 'Priority'),
  fc.string({ unit: fc.constantFrom(...'aZ0-_.!#$%&*+/=?^`{|}~'), minLength: 1, maxLength: 20 }),
);
const customHeaders = fc
  .uniqueArray(fc.tuple(headerName, headerText), { maxLength: 4, selector: ([name]) => name.toLowerCase() })
  .map((pairs) => pairs.filter(([name, value]) => !headerFault(name, value, plain.from)))
  .map(Object.fromEntries<string>);
const attachment = fc.record(
  {
    filename: headerText.filter((text) => text.length > 0),
    content: fc.base64String({ maxLength: 40 }),
    content_id: fc.string({ unit: fc.constantFrom(...'aZ0@.-_!#"\\;:,()[]'), minLength: 1, maxLength: 20 }),
    content_type: fc.constantFrom('text/plain', 'image/png; name="a b"', 'multipart/mixed', 'message/rfc822'),
  },
  { requiredKeys: ['filename', 'content'] },
);
const contents: fc.Arbitrary<Content> = fc.record(
  {
    from: mailbox,
    to: fc.array(mailbox, { minLength: 1, maxLength: 4 }),
    cc: fc.array(mailbox, { maxLength: 2 }),
    bcc: fc.array(mailbox, { maxLength: 2 }),
    reply_to: fc.array(mailbox, { maxLength: 2 }),
    subject: headerText,
    body_text: hostile,
    body_html: hostile,
    headers: customHeaders,
    attachments: fc.array(attachment, { maxLength: 3 }),
  },
  { requiredKeys: ['from', 'to', 'subject', 'body_text'] },
);

const names = (message: Buffer) => splitRaw(message).headers.map(({ name }) => name);

function expectedNames({ subject, cc, reply_to, headers = {} }: Content): string[] {
  // A header without a value is left out.
  const custom = Object.entries(headers).filter(([, value]) => value.trim() !== '');
  return [
    ...custom.map(([name]) => name.toLowerCase()),
    ...['from', 'to', 'message-id', 'date', 'mime-version', 'content-type', 'feedback-id'],
    ...(subject.trim() ? ['subject'] : []),
    ...(cc?.length ? ['cc'] : []),
    ...(reply_to?.length ? ['reply-to'] : []),
  ].sort();
}

describe('a composed message', () => {
  test('has exactly the headers that were asked for, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const message = await compose(content, stamp);
        // Reserved, so none of the caller's; an only attachment is the message itself and has its own.
        const found = names(message).filter((name) => !/^content-(transfer-encoding|disposition|id)$/.test(name));
        expect(found.sort()).toEqual(expectedNames(content));
      }),
      { numRuns: 400 },
    );
  });

  test('ends every line with CRLF after at most 998 octets', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const text = (await compose(content, stamp)).toString('latin1');
        expect(text).not.toMatch(/\r(?!\n)|(^|[^\r])\n/);
        for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
      }),
      { numRuns: 400 },
    );
  });

  test('has nothing but MIME headers in its parts', async () => {
    const allowed = /^content-(type|transfer-encoding|disposition|id|description)$/;
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const message = await compose({ ...content, body_text: 'text', body_html: '<p>html</p>' }, stamp);
        const parts = message
          .toString('latin1')
          .split(/\r\n-{2,}_NmP-\w+-Part_\d+\r\n/)
          .slice(1);
        expect(parts.length).toBeGreaterThanOrEqual(2);
        for (const part of parts) for (const name of names(Buffer.from(part, 'latin1'))) expect(name).toMatch(allowed);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['a body of one long line', { body_text: 'x'.repeat(5_000) }],
    ['markup of one long line', { body_html: `<p>${'x'.repeat(5_000)}</p>` }],
    ['a long subject in many words', { subject: 'word '.repeat(199) }],
    ['a long subject beyond ASCII', { subject: 'ü'.repeat(998) }],
    ['a header as long as may be', { headers: { 'X-Long': `${'x'.repeat(900)} `.repeat(11) } }],
    [
      'many recipients',
      { to: Array.from({ length: 50 }, (_, i) => `Somebody ${i} <${'a'.repeat(60)}${i}@example.test>`) },
    ],
    ['every kind of line end', { body_text: 'a\rb\nc\r\nd\n\re\r\r\n' }],
  ])('keeps to short lines with %s', async (_what, change) => {
    const text = (await compose({ ...plain, ...change }, stamp)).toString('latin1');
    expect(text).not.toMatch(/\r(?!\n)|(^|[^\r])\n/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  test('never names who is in Bcc', async () => {
    const message = await compose({ ...plain, bcc: ['Eve <eve@example.test>'] }, stamp);
    expect(message.toString()).not.toMatch(/eve/i);
  });
});

describe('a raw message as it leaves', () => {
  const raw = (text: string) => stampRaw(Buffer.from(text, 'latin1'), stamp, 'hello@acme.example').toString('latin1');

  test('keeps all bytes but those of the headers that are removed', () => {
    const kept =
      'X-B: 2\r\n\tfolded \xe9\r\nFrom: A <a@acme.example>\r\nmessage-id: <own@acme.example>\r\ndate: today\r\n';
    const removed = 'bcc: eve@example.test\r\n (a comment)\r\nReturn-Path: <x@y.z>\r\nX-Koltrix-Anything: 1\r\n';
    const body = '\r\n.dots\r\n..\r\nBcc: in the body\r\n\xff\xfe  \t\r\n';
    expect(raw(`${removed}${kept}${body}`)).toBe(`Feedback-ID: ${stamp.feedback_id}\r\n${kept}${body}`);
  });

  test('gets the headers that are missing', () => {
    const message = splitRaw(Buffer.from(raw('Subject: Hi\r\n\r\nBody\r\n')));
    expect(headerValue(message, 'message-id')).toBe(stamp.message_id);
    expect(headerValue(message, 'from')).toBe('hello@acme.example');
    expect(headerValue(message, 'date')).toBe('Sun, 22 Nov 2026 08:00:00 +0000');
  });
});
