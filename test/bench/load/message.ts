/** Where the running number of a request stands in a template; as long as the number itself. */
export const NUMBER = '########';
const SIZE_BYTES = 2_048;

/** A request body of 2 KB for POST /emails; the recipient carries the number, so every look-up is another one. */
export const emailJson = padded((text) =>
  JSON.stringify({
    from: 'Acme <hello@acme.example>',
    to: [`user${NUMBER}@example.com`],
    subject: `Your order ${NUMBER} is on its way`,
    body_text: text,
    tags: { kind: 'receipt' },
    metadata: { order_id: 4711 },
  }),
);

/** A message of 2 KB as an SMTP client sends it, with CRLF and without the final dot. */
export const emailMime = padded((text) =>
  [
    'From: Acme <hello@acme.example>',
    `To: user${NUMBER}@example.com`,
    `Subject: Your order ${NUMBER} is on its way`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    // Broken between words, so no line begins with a dot (RFC 5321 section 4.5.2).
    ...(text.match(/\S.{0,75}(?= |$)/g) ?? []),
    '',
  ].join('\r\n'),
);

/** The template with the number in its places; its length never changes. */
export function numbered(template: string, number: number): string {
  return template.replaceAll(NUMBER, String(number).padStart(NUMBER.length, '0'));
}

/** Fills up to the size, within a line's length. */
function padded(make: (text: string) => string): string {
  const words = 'Thank you for your order. We have packed it with care and it left our house this morning. '.repeat(25);
  let length = SIZE_BYTES - make('').length;
  while (make(words.slice(0, length)).length > SIZE_BYTES) length--;
  return make(words.slice(0, length));
}
