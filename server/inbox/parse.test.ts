import { describe, expect, test } from 'vitest';
import { parseMail } from './parse.ts';

const parse = (...lines: (string | Buffer)[]) =>
  parseMail(Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\r\n')])), { timeout_ms: 5_000 });

const MINIMAL = { to: [], cc: [], body_html: null, links: [], attachments: [] };

describe('a message of one part', () => {
  test('gives its addresses as text, and a link of its body', async () => {
    const mail = await parse(
      'From: Acme <hello@acme.example>',
      'To: ada@example.com, "Lovelace, Ada" <ada@home.example>',
      'Cc: Friends: bob@example.com, Carol <carol@example.com>;',
      'Subject: Your receipt',
      '',
      'Thank you! https://acme.example/r/1',
    );
    expect(mail).toEqual({
      subject: 'Your receipt',
      from: 'Acme <hello@acme.example>',
      to: ['ada@example.com', '"Lovelace, Ada" <ada@home.example>'],
      cc: ['bob@example.com', 'Carol <carol@example.com>'],
      headers: [
        { name: 'From', value: 'Acme <hello@acme.example>' },
        { name: 'To', value: 'ada@example.com, "Lovelace, Ada" <ada@home.example>' },
        { name: 'Cc', value: 'Friends: bob@example.com, Carol <carol@example.com>;' },
        { name: 'Subject', value: 'Your receipt' },
      ],
      body_text: 'Thank you! https://acme.example/r/1\n',
      body_html: null,
      links: ['https://acme.example/r/1'],
      attachments: [],
    });
  });

  test('has no text when it is HTML alone', async () => {
    const mail = await parse('Content-Type: text/html', '', '<a href="https://a.example/">go</a>');
    expect(mail).toMatchObject({ body_text: null, links: ['https://a.example/'] });
    expect(mail.body_html?.trim()).toBe('<a href="https://a.example/">go</a>');
  });
});

describe('headers', () => {
  test('stay in the order of the wire, repeated and unfolded, with nothing decoded', async () => {
    const { headers, subject } = await parse(
      'Received: from a',
      '\tby b',
      'SUBJECT: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
      'Received: from c',
      'X-Empty:',
      '',
      'Not-A-Header: body',
    );
    expect(headers).toEqual([
      { name: 'Received', value: 'from a\tby b' },
      { name: 'SUBJECT', value: '=?utf-8?q?Gr=C3=BC=C3=9Fe?=' },
      { name: 'Received', value: 'from c' },
      { name: 'X-Empty', value: '' },
    ]);
    expect(subject).toBe('Grüße');
  });

  test('in plain UTF-8 (RFC 6532) are read as such', async () => {
    const mail = await parse('Subject: Grüße 👋', 'From: Zoë <zoë@exämple.test>', '', 'ok');
    expect(mail).toMatchObject({ subject: 'Grüße 👋', from: 'Zoë <zoë@exämple.test>' });
    expect(mail.headers[0]).toEqual({ name: 'Subject', value: 'Grüße 👋' });
  });
});

describe('a message of many parts', () => {
  const PIXEL = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');
  const message = [
    'Subject: parts',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=iso-8859-1',
    '',
    Buffer.from('caf\u00e9 https://text.example/', 'latin1'),
    '--a',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<img src="cid:logo@acme"><a href="https://html.example/">x</a>',
    '--a--',
    '--r',
    'Content-Type: image/gif',
    'Content-Transfer-Encoding: base64',
    'Content-ID: <logo@acme>',
    'Content-Disposition: inline',
    '',
    PIXEL.toString('base64'),
    '--r--',
    '--m',
    'Content-Type: application/octet-stream',
    'Content-Disposition: attachment; filename="=?utf-8?q?=C3=BCbersicht=2Epdf?="',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('%PDF').toString('base64'),
    '--m',
    'Content-Type: message/rfc822',
    '',
    'Subject: inner',
    '',
    'inner body',
    '--m--',
  ];

  test('gives both bodies as they were sent, with references to inline images left alone', async () => {
    const mail = await parse(...message);
    expect(mail.body_text?.trim()).toBe('café https://text.example/');
    expect(mail.body_html?.trim()).toBe('<img src="cid:logo@acme"><a href="https://html.example/">x</a>');
    expect(mail.links).toEqual(['https://text.example/', 'https://html.example/']);
  });

  test('gives attachments, inline images and attached messages with their contents', async () => {
    const { attachments } = await parse(...message);
    expect(attachments).toEqual([
      { filename: null, content_type: 'image/gif', content_id: 'logo@acme', content: PIXEL },
      {
        filename: 'übersicht.pdf',
        content_type: 'application/octet-stream',
        content_id: null,
        content: Buffer.from('%PDF'),
      },
      { filename: null, content_type: 'message/rfc822', content_id: null, content: expect.any(Buffer) },
    ]);
    expect(attachments[2]?.content.toString()).toContain('inner body');
  });
});

describe('odd mail', () => {
  test.each<[string, string[]]>([
    ['nothing at all', []],
    ['no header', ['', 'body']],
    ['a header that ends the message', ['Subject: only']],
    ['a boundary that never comes', ['Content-Type: multipart/mixed; boundary=x', '', 'text']],
    ['an unclosed part', ['Content-Type: multipart/mixed; boundary=x', '', '--x', 'Content-Type: text/html']],
    ['no boundary', ['Content-Type: multipart/mixed', '', '--', 'text']],
    ['broken base64', ['Content-Transfer-Encoding: base64', '', '****=%%']],
    ['an unknown charset', ['Content-Type: text/plain; charset="no-such"', '', 'text']],
    ['an unknown encoding', ['Content-Transfer-Encoding: x-none', '', 'text']],
    ['broken encoded words', ['Subject: =?utf-8?b?***?= =?x?q?=ZZ?=', 'From: =?q?<', '', 'text']],
    ['a line that is no header', ['Subject: a', 'no header here', '', 'text']],
    ['NUL bytes', ['Subject: a\0b', '', '\0\0']],
  ])('of %s is read without a failure', async (_what, lines) => {
    const mail = await parse(...lines);
    expect(mail).toMatchObject({ to: [], cc: [], attachments: expect.any(Array) });
  });

  test('with too many parts gives its headers alone', async () => {
    const parts = Array.from({ length: 1_200 }, () => ['--x', '', 'y']).flat();
    const mail = await parse('Subject: many', 'Content-Type: multipart/mixed; boundary=x', '', ...parts, '--x--');
    expect(mail).toMatchObject({ ...MINIMAL, subject: null, from: null, body_text: null });
    expect(mail.headers[0]).toEqual({ name: 'Subject', value: 'many' });
  });

  test('that takes too long gives its headers alone', async () => {
    const source = Buffer.from(`Subject: slow\r\n\r\n${'word '.repeat(2_000_000)}`);
    const mail = await parseMail(source, { timeout_ms: 1 });
    expect(mail).toMatchObject({ ...MINIMAL, subject: null, headers: [{ name: 'Subject', value: 'slow' }] });
  });
});
