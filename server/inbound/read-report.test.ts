import { expect, test } from 'vitest';
import { readReport } from './read-report.ts';

const SIZE = 1024 * 1024;
const fill = (text: string, size = SIZE) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
const numbered = (count: number, piece: (i: number) => string) => Array.from({ length: count }, (_, i) => piece(i));
const report = (fields: string) => `Content-Type: message/delivery-status\r\n\r\n${fields}`;
const failed = (fields: string) => report(`Final-Recipient: rfc822; a@b.c\r\nAction: failed\r\n${fields}`);
const text = (header: string, body: string) => `Content-Type: text/plain; ${header}\r\n\r\n${body}`;
const multipart = (body: string) => `Content-Type: multipart/mixed; boundary=b\r\n\r\n${body}`;
const prose = (body: string) => `Subject: x\r\n\r\nHi. This is the mailer at example.com\r\n${body}`;

/** As much of each as is ever read. */
const ATTACKS: Record<string, string> = {
  'one header field without end': `Subject: ${fill('a\r\n ')}\r\n\r\n`,
  'header fields alone': fill('X-A: b\r\n'),
  'References to everything': `References: ${fill('<a@b>\r\n ')}\r\n\r\n`,
  'addresses in addresses': `To: ${fill('a:')}\r\n\r\n`,
  'comments in comments': `To: ${fill('(')}\r\n\r\n`,
  'encoded words alone': `Subject: ${fill('=?utf-8?b?YQ==?= ')}\r\n\r\n`,
  'List fields alone': numbered(30, () => `List-Unsubscribe: ${fill('<mailto:a@b>,', 30_000)}\r\n`).join(''),
  'continuations of one parameter': text(numbered(60_000, (i) => `a*${i}=b`).join('; '), 'x'),
  'continuations that count high': text(fill('name*999999999=b; '), 'x'),
  'a parameter of quotes': text(`a="${fill('\\"')}`, 'x'),
  'parts without content': multipart(fill('--b\r\n')),
  'parts of reports': multipart(fill('--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n')),
  'parts in parts': multipart(
    numbered(9_000, (i) => `--b${i || ''}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`).join(''),
  ),
  'messages in messages': fill('Content-Type: message/rfc822\r\n\r\n'),
  'a boundary as long as a message': `Content-Type: multipart/mixed; boundary="${fill('b', 400_000)}"\r\n\r\n${fill('--b\r\n', 600_000)}`,
  'base64 of nothing': `Content-Transfer-Encoding: base64\r\n\r\n${fill('!!!!=')}`,
  'soft line breaks alone': `Content-Transfer-Encoding: quoted-printable\r\n\r\n${fill('=\r\n')}`,
  'UTF-7': text('charset=utf-7', fill('+AGE-')),
  'shifts of ISO-2022-JP': text('charset=iso-2022-jp', fill('\u001b$B$"\u001b(B')),
  'a charset that nobody knows': text(`charset=${fill('x', 5_000)}`, fill('\u0000\u00ff')),
  'lines that flow': text('format=flowed; delsp=yes', fill('> a \r\n')),
  'HTML that only opens': `Content-Type: text/html\r\n\r\n${fill('<div>')}`,
  'line ends alone': `Subject: x\n\n${fill('\n')}`,
  'a report of blank lines': report(fill('\n \t')),
  'a report of groups': report(fill('a:b\r\n\r\n')),
  'a status of digits': failed(`Status: ${fill('5.5.')}`),
  'a diagnostic of codes': failed(`Diagnostic-Code: smtp; ${fill('a 550-5. ')}`),
  'a recipient of spaces': report(`Final-Recipient: rfc822; ${fill(' ')}x\r\nAction: failed\r\n`),
  'a recipient of comments': report(`Final-Recipient: rfc822; ${fill('()')}x\r\nAction: failed\r\n`),
  'prose of greetings': prose(fill('Hi. This is the a\r\n')),
  'prose of addresses': prose(fill('a@b.c\r\n')),
  'prose of codes': prose(`a@b.c\r\n${fill('550 ')}`),
  'prose of dashes and spaces': prose(fill(`${' '.repeat(900)}---\r\n`)),
  'addresses that are nearly ours': `Subject: x\r\n\r\n${fill(`b+${'0'.repeat(100)}`)}`,
};

test.each(Object.entries(ATTACKS))('%s: reading a megabyte of it ends soon', async (_name, source) => {
  const before = process.cpuUsage();
  const { mentions } = await readReport(Buffer.from(source, 'latin1').subarray(0, SIZE), { timeout_ms: 60_000 });
  const { user, system } = process.cpuUsage(before);
  expect(mentions.signed.length).toBeLessThanOrEqual(10);
  // The slowest takes a third of a second; what grows with the square of its size would take minutes.
  expect((user + system) / 1_000).toBeLessThan(5_000);
});
