import fc from 'fast-check';
import { parseMailbox } from './address.ts';
import type { Content, Stamp } from './compose.ts';
import { foldingFault, headerFault, isHeaderText } from './headers.ts';

export const stamp: Stamp = {
  message_id: '<msg_00000000000000000000000000@acme.example>',
  date: new Date('2026-11-22T08:00:00Z'),
  feedback_id: 'rest:ten_1:koltrix',
};
export const plain: Content = {
  from: 'hello@acme.example',
  to: ['ada@example.test'],
  subject: 'Hi',
  body_text: 'Hello',
};

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
/** Whatever a caller may submit by fields. */
export const contents: fc.Arbitrary<Content> = fc.record(
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
