import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { type Careless, givenCareless, goodMail, mailWith } from '../support/refusal.ts';
import type { Tenant } from '../support/tenant.ts';

let careless: Careless;
let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  careless = await givenCareless();
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
});
afterAll(async () => {
  await careless[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});

const withHeader = (name: string, value = 'x') =>
  mailWith(`"headers":{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
async function refuse(name: string, says: RegExp, value?: string): Promise<void> {
  const pointer = `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const expected = { status: 400, code: 'invalid-request' as const, pointer, says };
  await careless.refusedJson('/emails', withHeader(name, value), expected);
}

describe('a custom header is refused', () => {
  test.each(['From', 'to', 'CC', 'Bcc', 'Reply-To', 'SUBJECT'])('when a field says it: %s', (name) =>
    refuse(name, /is set by the field `\w+`/),
  );

  test.each([
    'Date',
    'Message-ID',
    'MIME-Version',
    'Return-Path',
    'Received',
    'Delivered-To',
    'DKIM-Signature',
    'Authentication-Results',
    'Feedback-ID',
    'Content-Type',
    'Content-Transfer-Encoding',
    'content-disposition',
    'Resent-From',
    'Resent-To',
    'Resent-Message-ID',
    'ARC-Seal',
    'ARC-Message-Signature',
    'X-Koltrix-Idempotency-Key',
    'x-koltrix-anything',
  ])('when Koltrix writes it: %s', (name) => refuse(name, /reserved: .*leave it out/));

  test.each(['', ' ', 'X A', 'X:A', 'X-A ', 'Ünicode', 'X\tA', 'X\u007f', 'x'.repeat(77), 'X/A B~'])(
    'when its name is none: %j',
    (name) => refuse(name, /not a header name/),
  );

  test.each(['eve@other.example', 'nonsense', 'a@acme.example, b@acme.example'])(
    'when it names a sender of another domain: %s',
    (value) => refuse('Sender', /at the domain of `from`/, value),
  );

  test('when its value is no text, or has control characters', async () => {
    await careless.refusedJson('/emails', mailWith('"headers":{"X-A":["b"]}'), {
      status: 400,
      code: 'invalid-request',
      pointer: '/headers/X-A',
      says: /string/,
    });
    for (const value of ['\r', '\n', '\u000b', '\u001b[31m', '\u007f'])
      await refuse('X-A', /control characters/, value);
  });
});

test('odd but harmless headers, names and subjects arrive as the values of one header each', async () => {
  const odd: Record<string, string> = {
    __proto__x: 'a',
    constructor: 'b',
    'X-Long': 'word '.repeat(400).trim(),
    'X-Unicode': 'grüße 🚀',
    'X-Encoded': '=?utf-8?q?Bcc:_eve=40example.test?=',
    'X-Comma': 'a, "b" <c@d.example>; e=f',
    'X-Spaces': 'a  \t  b',
    'List-Unsubscribe': '<https://acme.example/u>',
  };
  const subject = '=?utf-8?q?=0D=0ABcc:_eve@example.test?= "quoted" ünïcode';
  const { id } = await acme.koltrix.emails.send({
    ...goodMail,
    from: '"Acme, Inc. \\"Bcc: eve@example.test\\"" <hello@acme.example>',
    subject,
    headers: odd,
    attachments: [{ filename: 'Bcc: x"; y="z.txt', content: 'aGVsbG8=', content_type: 'text/plain; charset=utf-8' }],
  });
  await acme.settled(id);
  const [message] = await acme.captured();
  const head = (message?.raw ?? '').split('\r\n\r\n', 1)[0] ?? '';
  const names = head.split(/\r\n(?![ \t])/).map((line) => line.split(':', 1)[0]?.toLowerCase());
  expect(names).not.toContain('bcc');
  for (const name of Object.keys(odd))
    expect(names.filter((n) => n === name.toLowerCase())).toEqual([name.toLowerCase()]);
  expect(head.split('\r\n').every((line) => Buffer.byteLength(line) <= 998)).toBe(true);
  expect(message?.rcpt_to).toBe('ada@example.test');
  expect(message?.from).toContain('hello@acme.example');
  expect(message?.attachments.map(({ filename }) => filename)).toEqual(['Bcc: x"; y="z.txt']);
});

test('a header that is called __proto__ is a header like any other', async () => {
  const response = await acme.fetch('/emails', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: withHeader('__proto__', 'polluted'),
  });
  const { id } = (await response.json()) as { id: string };
  await acme.settled(id);
  const message = (await acme.captured()).find((m) => m.email_id === id);
  expect(message?.raw).toMatch(/^__proto__: polluted\r$/im);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
