import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Careless, givenCareless, goodMail, mailWith } from '../support/refusal.ts';

let careless: Careless;
beforeAll(async () => {
  careless = await givenCareless();
});
afterAll(() => careless[Symbol.asyncDispose]());

const attachment = { filename: 'a.txt', content: 'aGVsbG8=' };
const invalid = (pointer: string, says?: RegExp) => ({
  status: 400,
  code: 'invalid-request' as const,
  pointer,
  ...(says && { says }),
});
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const addresses = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}@example.test`);

type Case = [what: string, change: object, pointer: string, says: RegExp];

const wrongTypes: Case[] = [
  ['a number as the sender', { from: 1 }, '/from', /string/],
  ['one address instead of a list', { to: 'ada@example.test' }, '/to', /array/],
  ['null as the recipients', { to: null }, '/to', /array/],
  ['a number among the recipients', { to: ['ada@example.test', 2] }, '/to/1', /string/],
  ['no recipient', { to: [] }, '/to', /fewer than 1/],
  ['an object as the subject', { subject: {} }, '/subject', /string/],
  ['a tag that is no text', { tags: { a: 1 } }, '/tags/a', /string/],
  ['a list as metadata', { metadata: [] }, '/metadata', /object/],
  ['text as a switch', { track_opens: 'yes' }, '/track_opens', /boolean/],
  ['a number as a topic', { unsubscribe: 1 }, '/unsubscribe', /must be (boolean|string)/],
  ['a topic that is none', { unsubscribe: 'News Letter' }, '/unsubscribe', /must match pattern/],
  ['a list as headers', { headers: ['X-A: b'] }, '/headers', /object/],
  ['neither text nor HTML', { body_text: undefined }, '/body_text', /required, unless body_html/],
  ['an attachment without content', { attachments: [{ filename: 'a' }] }, '/attachments/0/content', /required/],
];

const unknownFields: Case[] = [
  ['at the top', { form: 'typo' }, '/form', /not a known field/],
  ['in an attachment', { attachments: [{ ...attachment, type: 'x' }] }, '/attachments/0/type', /not a known field/],
  ['in another notation', { bodyText: 'x' }, '/bodyText', /not a known field/],
];

const addressFaults: Case[] = [
  ['a line break in a recipient', { to: ['ada@example.test\r\nBcc: eve@example.test'] }, '/to/0', /email address/],
  ['a line feed in the sender', { from: 'a@b.example\nX: y' }, '/from', /email address/],
  ['a line break in a name', { cc: ['Ada\r\nBcc: eve@example.test <ada@example.test>'] }, '/cc/0', /email address/],
  ['a carriage return in bcc', { bcc: ['ada@example.test\r'] }, '/bcc/0', /email address/],
  ['a line break in reply_to', { reply_to: ['a@b.example', 'x@y.example\r\n'] }, '/reply_to/1', /email address/],
  ['two addresses in one', { to: ['ada@example.test, eve@example.test'] }, '/to/0', /email address/],
  ['no domain', { to: ['ada'] }, '/to/0', /email address/],
  ['a space in the local part', { to: ['a da@example.test'] }, '/to/0', /email address/],
  ['two dots', { to: ['a..b@example.test'] }, '/to/0', /email address/],
  ['an address literal', { to: ['ada@[127.0.0.1]'] }, '/to/0', /email address/],
  ['an unclosed quote', { to: ['"ada@example.test'] }, '/to/0', /email address/],
  ['a local part of 65 octets', { to: [`${'a'.repeat(65)}@example.test`] }, '/to/0', /email address/],
  ['a name of megabytes', { from: `"${'a'.repeat(10e6)}" <a@b.example>` }, '/from', /998 characters/],
];

const injections: Case[] = [
  ['the subject', { subject: 'Hello\r\nBcc: eve@example.test' }, '/subject', /line breaks/],
  ['the subject by a bare line feed', { subject: 'Hello\nX: y' }, '/subject', /line breaks/],
  ['a header’s value', { headers: { 'X-A': 'b\r\nBcc: eve@example.test' } }, '/headers/X-A', /line breaks/],
  ['a header’s folding', { headers: { 'X-A': 'b\r\n c' } }, '/headers/X-A', /line breaks/],
  ['a header’s name', { headers: { 'X-A: b\r\nBcc': 'x' } }, '/headers/X-A: b\r\nBcc', /not a header name/],
  [
    'a file name',
    { attachments: [{ ...attachment, filename: 'a"\r\nX: y' }] },
    '/attachments/0/filename',
    /line breaks/,
  ],
  [
    'a content id',
    { attachments: [{ ...attachment, content_id: 'a>\r\nX: y' }] },
    '/attachments/0/content_id',
    /< and/,
  ],
  [
    'a content type',
    { attachments: [{ ...attachment, content_type: 'text/plain\r\nX: y' }] },
    '/attachments/0/content_type',
    /media type/,
  ],
];

const base64Faults: Case[] = ['%%%%', 'aGVsbG8', 'aGVs bG8=', 'aGVsbG8_', 'a===', 'aGVsbG8=aGVsbG8='].map((content) => [
  content,
  { attachments: [attachment, { ...attachment, content }] },
  '/attachments/1/content',
  /standard base64/,
]);

const timeFaults: Case[] = [
  ['31 days ahead', { scheduled_at: inDays(31) }, '/scheduled_at', /more than 30 days ahead/],
  ['the year 9999', { scheduled_at: '9999-12-31T23:59:59Z' }, '/scheduled_at', /more than 30 days ahead/],
  ...[
    'tomorrow',
    '',
    '2026-12-01',
    '2026-12-01 10:00:00Z',
    '2026-12-01T10:00:00',
    '2026-13-01T10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2026-12-01T25:00:00Z',
    '2026-12-01T24:00:00Z',
    '2026-12-31T23:59:60Z',
    '2026-12-01T10:00:00+25:00',
    '+012026-12-01T10:00:00Z',
  ].map((text): Case => [text, { scheduled_at: text }, '/scheduled_at', /RFC 3339/]),
  ['a number', { scheduled_at: 1_800_000_000 }, '/scheduled_at', /string/],
];

const limits: Case[] = [
  ['a subject of 999 characters', { subject: 'x'.repeat(999) }, '/subject', /998/],
  ['metadata of over 16 KB', { metadata: { a: 'x'.repeat(16_400) } }, '/metadata', /16 KB/],
  ['metadata of over 16 KB in few characters', { metadata: { a: '€'.repeat(6_000) } }, '/metadata', /16 KB/],
  ['51 names in the metadata', { metadata: Object.fromEntries(addresses(51, 'a').entries()) }, '/metadata', /50/],
  ['21 tags', { tags: Object.fromEntries(addresses(21, 'a').entries()) }, '/tags', /20/],
  ['a tag without a name', { tags: { '': 'x' } }, '/tags', /a name in it/],
  ['a tag’s name of 65 characters', { tags: { ['x'.repeat(65)]: 'y' } }, '/tags', /a name in it .* 64/],
  ['a tag of 257 characters', { tags: { a: 'x'.repeat(257) } }, '/tags/a', /256/],
  ['51 headers', { headers: Object.fromEntries(addresses(51, 'X').entries()) }, '/headers', /50/],
];

describe.each([
  ['a wrong type', wrongTypes],
  ['an unknown field', unknownFields],
  ['a faulty address', addressFaults],
  ['header injection through', injections],
  ['faulty base64', base64Faults],
  ['a time that is none', timeFaults],
  ['too much', limits],
])('%s', (_, cases) => {
  test.each(cases)('is refused and named: %s', async (_what, change, pointer, says) => {
    const mail = { ...goodMail, ...change };
    await careless.refusedJson('/emails', mail, invalid(pointer, says));
    const batch = { emails: [goodMail, mail] };
    await careless.refusedJson('/emails/batch', batch, invalid(`/emails/1${pointer}`, says));
  });
});

test('several faults are named at once', async () => {
  const { errors } = await careless.refusedJson(
    '/emails',
    { from: 1, to: ['x'], subject: 's', a: 1 },
    { status: 400, code: 'invalid-request' },
  );
  expect(errors?.map(({ pointer }) => pointer).sort()).toEqual(['/a', '/body_text', '/from', '/to/0']);
});

describe('more than 50 recipients', () => {
  const tooMany = (pointer: string) => ({
    status: 422,
    code: 'too-many-recipients' as const,
    pointer,
    says: /51 recipients in all; an email may have 50/,
  });
  const mixed = { to: addresses(20, 'a'), cc: addresses(20, 'b'), bcc: addresses(11, 'c') };

  test('are refused over to, cc and bcc together, alone and in a batch', async () => {
    await careless.refusedJson('/emails', { ...goodMail, ...mixed }, tooMany('/to'));
    await careless.refusedJson(
      '/emails/batch',
      { emails: [goodMail, { ...goodMail, ...mixed }] },
      tooMany('/emails/1/to'),
    );
  });

  test('are refused in the envelope of a raw message', async () => {
    const query = new URLSearchParams([['mail_from', 'a@b.example'], ...addresses(51, 'a').map((a) => ['rcpt_to', a])]);
    const raw = { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: 'Subject: x\r\n\r\ny\r\n' };
    await careless.refused(`/emails/raw?${query}`, raw, tooMany('?rcpt_to'));
  });

  test('are told from 50, however long these are', async () => {
    const long = addresses(50, 'ü'.repeat(28)).map((a) => a.replace('@', `@${`${'x'.repeat(60)}.`.repeat(3)}`));
    expect((await careless.post('/emails', { ...goodMail, to: long })).status).toBe(202);
    const query = new URLSearchParams([['mail_from', 'a@b.example'], ...long.map((a) => ['rcpt_to', a])]);
    const raw = { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: 'Subject: x\r\n\r\ny\r\n' };
    expect((await careless.acme.fetch(`/emails/raw?${query}`, raw)).status).toBe(202);
  });
});

describe('metadata', () => {
  test('may be nested 32 levels deep and no further', async () => {
    const nested = (levels: number) => mailWith(`"metadata":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect((await careless.post('/emails', nested(31))).status).toBe(202);
    await careless.refusedJson('/emails', nested(33), invalid('/metadata', /32 levels/));
    await careless.refusedJson('/emails', nested(1e6), invalid('/metadata', /32 levels/));
  });

  test('may hold no number that would become null', async () => {
    await careless.refusedJson('/emails', mailWith('"metadata":{"a":[1e999]}'), invalid('/metadata', /too large/));
    await careless.refusedJson('/emails', mailWith('"metadata":{"a":-1e999}'), invalid('/metadata', /too large/));
  });

  test('and tags come back as they were, whatever their names', async () => {
    const members =
      '"tags":{"__proto__":"a","constructor":"b"},"metadata":{"__proto__":{"x":1},"constructor":2,"n":1e-7}';
    const { id } = (await (await careless.post('/emails', mailWith(members))).json()) as { id: string };
    const text = await (await careless.acme.fetch(`/emails/${id}`)).text();
    const { tags, metadata } = JSON.parse(text);
    expect(Object.entries(tags)).toEqual(
      expect.arrayContaining([
        ['__proto__', 'a'],
        ['constructor', 'b'],
      ]),
    );
    expect(Object.entries(metadata)).toEqual(
      expect.arrayContaining([
        ['__proto__', { x: 1 }],
        ['constructor', 2],
        ['n', 1e-7],
      ]),
    );
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    await careless.refusedJson(
      '/emails',
      mailWith('"__proto__":{"to":[]}'),
      invalid('/__proto__', /not a known field/),
    );
  });
});

describe('a batch', () => {
  test('is refused when it holds 501 emails, none, or anything else', async () => {
    const emails = Array.from({ length: 501 }, () => goodMail);
    await careless.refusedJson('/emails/batch', { emails }, invalid('/emails', /more than 500/));
    await careless.refusedJson('/emails/batch', { emails: [] }, invalid('/emails', /fewer than 1/));
    await careless.refusedJson('/emails/batch', emails, invalid('', /object/));
    await careless.refusedJson('/emails/batch', { emails: [goodMail, null] }, invalid('/emails/1', /object/));
  });

  test('of 500 is taken', async () => {
    const response = await careless.post('/emails/batch', { emails: Array.from({ length: 500 }, () => goodMail) });
    expect(response.status).toBe(202);
    expect(((await response.json()) as { data: unknown[] }).data).toHaveLength(500);
  });
});
