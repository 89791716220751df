import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { trackRaw } from './raw-html.ts';

const link = (url: string) => `https://t.example/c/${Buffer.from(url).toString('hex')}`;
const pixel = 'https://t.example/o/x.gif';
const HTML = '<html><body><p>Grüße <a href="https://x.example/?a=1&amp;b=2">x</a></p></body></html>';

const crlf = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'));
const part = (headers: string, body: string) => `${headers}\n\n${body}`;
const multipart = (subtype: string, boundary: string, ...parts: string[]) =>
  part(
    `Content-Type: multipart/${subtype}; boundary="${boundary}"`,
    `A note for old programs.\n${parts.map((p) => `--${boundary}\n${p}\n`).join('')}--${boundary}--\nAn epilogue.`,
  );
const text = part('Content-Type: text/plain; charset=utf-8', 'See https://x.example\n\n-- \nAda ');
const html = (encoding: string, body: string, charset = 'utf-8') =>
  part(`Content-Type: text/html; charset=${charset}\nContent-Transfer-Encoding: ${encoding}`, body);
const base64 = (body: string) =>
  (
    Buffer.from(body)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');
const quoted = HTML.replaceAll('=', '=3D').replaceAll('ü', '=C3=BC').replaceAll('ß', '=C3=9F');
const mail = (body: string) =>
  crlf(`From: Ada <ada@acme.example>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMIME-Version: 1.0\n${body}`);

describe('the HTML of a raw message is tracked', () => {
  test.each([
    ['alone, 8bit', html('8bit', HTML)],
    ['alone, base64', html('base64', base64(HTML))],
    ['alone, quoted-printable', html('quoted-printable', quoted)],
    ['as an alternative', multipart('alternative', 'b1', text, html('quoted-printable', quoted))],
    [
      'deep within',
      multipart(
        'mixed',
        'b1',
        multipart('related', 'b1-2', multipart('alternative', 'b1-2-3', text, html('8bit', HTML))),
        text,
      ),
    ],
    [
      'whose boundary begins like another',
      multipart('mixed', 'b', multipart('alternative', 'bb', text, html('8bit', HTML))),
    ],
    ['in upper case', `${html('8BIT', HTML).toUpperCase().split('\n\n', 1)[0]}\n\n${HTML}`],
  ])('%s', async (_how, body) => {
    const before = mail(body);
    const after = trackRaw(before, { link, pixel });
    const parsed = await simpleParser(after);
    expect(parsed.html).toContain(`<a href="${link('https://x.example/?a=1&b=2')}">`);
    expect(parsed.html).toContain(`src="${pixel}"`);
    expect(parsed.html).toContain('Grüße');
    expect(parsed.subject).toBe('Grüße');
    expect(withoutHtml(after)).toBe(withoutHtml(before));
  });

  test('and a line that grows too long for 8bit makes its part quoted-printable', async () => {
    const long = `<p>${'y'.repeat(900)} <a href="https://x.example/${'z'.repeat(60)}">x</a></p>`;
    const after = trackRaw(mail(html('8bit', long)), { link });
    expect(
      Math.max(
        ...after
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(998);
    expect(after.toString()).toMatch(/Content-Transfer-Encoding: quoted-printable/i);
    expect((await simpleParser(after)).html).toContain(link(`https://x.example/${'z'.repeat(60)}`));
  });

  test('in its own character set', async () => {
    const body = Buffer.concat([mail(html('8bit', '', 'iso-8859-1')), Buffer.from(HTML, 'latin1')]);
    const after = trackRaw(body, { link });
    expect(after.includes(Buffer.from('Grüße', 'latin1'))).toBe(true);
    expect((await simpleParser(after)).html).toContain('Grüße');
  });

  test('and a link beyond ASCII leads where it says', () => {
    const tracked = (charset: string, encoding: BufferEncoding) =>
      trackRaw(
        Buffer.concat([mail(html('8bit', '', charset)), Buffer.from('<a href="https://x.example/ä">x</a>', encoding)]),
        { link },
      );
    expect(tracked('utf-8', 'utf8').toString()).toContain(link('https://x.example/ä'));
    expect(tracked('iso-8859-1', 'latin1').toString('latin1')).toContain('href="https://x.example/ä"');
  });

  test('and a link beyond ASCII that is written by entities leads where it says', () => {
    const anchor = '<a href="https://x.example/caf&eacute;?p=&#8364;&amp;q=1">x</a>';
    for (const body of [anchor, `${anchor} ä`]) {
      const after = trackRaw(mail(html('8bit', body)), { link });
      expect(after.toString()).toContain(link('https://x.example/café?p=€&q=1'));
    }
  });

  test('and a soft line break within an address, or at the very end, is none of it', async () => {
    const after = trackRaw(mail(html('quoted-printable', '<a href=3D"https://x.exam=\nple/a=3Db">x</a> end=')), {
      link,
    });
    expect((await simpleParser(after)).html).toMatch(`<a href="${link('https://x.example/a=b')}">x</a> end`);
    expect((await simpleParser(after)).html).not.toContain('end=');
  });

  test('but for what other programs see beside it: AMP, text, a calendar', async () => {
    const amp = part('Content-Type: text/x-amp-html; charset=utf-8', HTML);
    const event = part('Content-Type: text/calendar', 'URL:https://x.example');
    const after = trackRaw(mail(multipart('alternative', 'b1', text, amp, event, html('8bit', HTML))), { link, pixel });
    expect(after.toString().split(link('https://x.example/?a=1&b=2'))).toHaveLength(2);
    expect(after.toString()).toContain(crlf(amp).toString());
    expect(after.toString()).toContain(crlf(event).toString());
  });
});

describe('every byte stays', () => {
  test.each([
    ['of text', text],
    ['of a signed message', multipart('signed; protocol="application/pgp-signature"', 'b1', html('8bit', HTML), text)],
    [
      'of a signed part, whatever lies around it',
      multipart(
        'mixed',
        'b1',
        text,
        multipart('signed; protocol="application/pkcs7-signature"', 'b2', html('8bit', HTML), text),
      ),
    ],
    ['of an encrypted message', multipart('encrypted; protocol="application/pgp-encrypted"', 'b1', html('8bit', HTML))],
    ['of S/MIME', part('Content-Type: application/pkcs7-mime; smime-type=enveloped-data', base64(HTML))],
    ['of attached HTML', multipart('mixed', 'b1', text, `Content-Disposition: attachment\n${html('8bit', HTML)}`)],
    [
      'of a message within the message',
      multipart('mixed', 'b1', text, part('Content-Type: message/rfc822', html('8bit', HTML))),
    ],
    ['of HTML in a character set that is not based on ASCII', html('8bit', HTML, 'utf-16')],
    ['of HTML in Japanese that switches between sets', html('7bit', HTML, 'iso-2022-jp')],
    ['of HTML in base64 with padding in its midst', html('base64', `${base64('<p>a')}\n${base64(HTML)}`)],
    ['of HTML in base64 with other characters', html('base64', `${base64(HTML)}\n-- \nA footer`)],
    ['of HTML that PGP has signed without MIME', html('8bit', `-----BEGIN PGP SIGNED MESSAGE-----\n\n${HTML}`)],
    ['of HTML in an encoding that we do not know', html('x-uuencode', HTML)],
    ['of parts without a boundary', part('Content-Type: multipart/mixed', html('8bit', HTML))],
    ['of parts whose boundary never comes', part('Content-Type: multipart/mixed; boundary=b1', html('8bit', HTML))],
    [
      'of what stands before the first part',
      part('Content-Type: multipart/mixed; boundary=b1', `${html('8bit', HTML)}\n--b1\n${text}\n--b1--`),
    ],
    [
      'of what stands after the last',
      part('Content-Type: multipart/mixed; boundary=b1', `--b1\n${text}\n--b1--\n${html('8bit', HTML)}`),
    ],
    ['of a message without a body', 'Content-Type: text/html'],
  ])('%s', (_what, body) => {
    const before = mail(body);
    expect(trackRaw(before, { link, pixel }).toString('latin1')).toBe(before.toString('latin1'));
  });

  test('of HTML in which there is nothing to track', () => {
    const before = mail(html('quoted-printable', '<p>Hi =\n there</p>'));
    expect(trackRaw(before, { link })).toEqual(before);
  });
});

describe('four megabytes of hostile mail take a moment:', () => {
  const fill = (line: string) => `${line}\n`.repeat(Math.ceil((4 * 1024 * 1024) / (line.length + 1)));
  const many = (boundary: string) => `Content-Type: multipart/mixed; boundary="${boundary}"`;

  test.each([
    ['parts without anything', part(many('b'), fill('--b'))],
    ['parts of HTML', part(many('b'), fill('--b\nContent-Type: text/html\n\n<a href="https://x.example/">'))],
    ['parts in parts', part(many('b'), fill(`--b\n${many('c')}\n\n--c\n\nx\n--c--`))],
    ['a boundary that is nearly everywhere', part(many('-'), fill('-'.repeat(990)))],
    ['the same boundary at each depth', `${`${many('-')}\n\n---\n`.repeat(19)}${fill('-'.repeat(990))}`],
    ['HTML of long lines', html('8bit', fill('<'.repeat(990)))],
    ['HTML that only begins', html('8bit', fill('<!--'.repeat(200)))],
    ['white space in quoted-printable', html('quoted-printable', fill(`${' \t'.repeat(490)}x`))],
  ])('%s', (_what, body) => {
    const message = mail(body);
    const before = process.cpuUsage();
    trackRaw(message, { link, pixel });
    const { user, system } = process.cpuUsage(before);
    // The slowest takes half a second; what grows with the square of its size takes minutes, or hours.
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });
});

/** The message with the bodies of its HTML parts cut out. */
function withoutHtml(message: Buffer): string {
  return message.toString('latin1').replace(/(content-type: text\/html[\s\S]*?\r\n\r\n)[\s\S]*?(?=\r\n--|$)/gi, '$1');
}
