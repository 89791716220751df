import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth';
import { describe, expect, test } from 'vitest';
import { bodyHash } from './body-hash.ts';
import { dkimSignature } from './signature.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
const signer = { domain: 'acme.example', selector: 'kx1', private_key: privateKey };
const at = new Date('2026-11-22T08:00:00Z');

/** Bytes one to one, so that a test can name any octet. */
const bytes = (text: string) => Buffer.from(text, 'latin1');

async function signed(message: string): Promise<string> {
  const end = message.indexOf('\r\n\r\n');
  const [head, body] = end < 0 ? [message, ''] : [message.slice(0, end + 2), message.slice(end + 4)];
  const header = await dkimSignature(bytes(head), await bodyHash(bytes(body)), signer, at);
  return header.toString('latin1') + message;
}

/** What an implementation that is not ours says, by the letter of the RFCs. */
async function verdict(message: string): Promise<string> {
  const resolver = async () => [[record]];
  const { results } = await dkimVerify(bytes(message), { resolver, strict: true, curTime: at });
  const [first] = results;
  return first ? `${first.status.result}${first.status.comment ? `: ${first.status.comment}` : ''}` : 'none';
}

const HEAD = 'From: Acme <hello@acme.example>\r\nTo: ada@example.test\r\nSubject: Hello\r\n';

describe('a signature holds for', () => {
  test.each([
    ['a plain message', `${HEAD}\r\nHello\r\n`],
    ['an empty body', `${HEAD}\r\n`],
    ['a body of blank lines', `${HEAD}\r\n\r\n\r\n \r\n\t\r\n`],
    ['no body at all', HEAD],
    ['a body without a final line end', `${HEAD}\r\nHello`],
    ['trailing blank lines', `${HEAD}\r\nHello\r\n\r\n\r\n`],
    ['white space at the ends of lines and between words', `${HEAD}\r\n  a \t b  \r\n\t\r\nc \r\n`],
    ['8-bit text in header and body', `${HEAD}X-A: \xc3\xa0\r\n\r\n\xc3\xa0 \xa0\r\n\xff\x80\r\n`],
    [
      'a header that ends in the byte of a no-break space',
      `From: a@acme.example\r\nSubject: \xa0Gr\xc3\xa0\r\n\r\nHi\r\n`,
    ],
    ['lines of 10,000 octets', `${HEAD}\r\n${'x'.repeat(10_000)}\r\n${' '.repeat(10_000)}y\r\n`],
    ['folded headers', `From: Acme\r\n <hello@acme.example>\r\nSubject:\r\n\tHello \r\n  \t there\r\n \r\n\r\nHi\r\n`],
    ['a name in capitals with white space before its colon', `FROM \t: a@acme.example\r\nsUBJECT:x\r\n\r\nHi\r\n`],
    ['empty headers', `From: a@acme.example\r\nSubject:\r\nReferences: \r\nTo:\t\r\n\r\nHi\r\n`],
    [
      'headers given more than once',
      `${HEAD}To: bob@example.test\r\nReferences: <1@x>\r\nReferences: <2@x>\r\nFrom: b@acme.example\r\n\r\nHi\r\n`,
    ],
    ['a header of 60 KB', `${HEAD}References:${' <0123456789@x>\r\n'.repeat(4_000)}\r\nHi\r\n`],
    ['lines that are dots', `${HEAD}\r\n.\r\n..\r\n.a\r\n`],
  ])('%s', async (_, message) => {
    expect(await verdict(await signed(message))).toBe('pass');
  });

  test('a body of several pieces, with white space and line ends at their edges', async () => {
    const piece = 256 * 1024;
    for (const edge of [' \t ', '\r\n', '\r\n\r\n \r\n', ' \r\nx']) {
      for (const shift of [0, 1, 2, 3]) {
        const message = `${HEAD}\r\n${'x'.repeat(piece - shift)}${edge}${'y'.repeat(piece)}${edge}`;
        expect(await verdict(await signed(message))).toBe('pass');
      }
    }
    expect(await verdict(await signed(`${HEAD}\r\n${'\r\n'.repeat(piece)}z\r\n${'\r\n'.repeat(piece)}`))).toBe('pass');
  });

  test('any body of odd pieces', async () => {
    const odd = fc.constantFrom(' ', '\t', '\r\n', 'a', '.', '=20', '\xa0', '\xc3\xa9', '\x0b', '\x0c', '\x85', '-- ');
    const bodies = fc.array(odd, { maxLength: 40 }).map((parts) => parts.join(''));
    const run = fc.asyncProperty(
      bodies,
      async (body) => (await verdict(await signed(`${HEAD}\r\n${body}`))) === 'pass',
    );
    await fc.assert(run, { numRuns: 300 });
  });

  test('any header of odd pieces', async () => {
    const odd = fc.constantFrom(' ', '\t', '\r\n ', '\r\n\t', 'a', ':', ';', '=', '\xa0', '\xc3\xa9', '\x0c', '"', '<');
    const value = fc.array(odd, { maxLength: 20 }).map((parts) => parts.join(''));
    const name = fc.constantFrom(
      'Subject',
      'to',
      'CC',
      'X-Other',
      'List-Unsubscribe',
      'Reply-To',
      'references',
      'From',
    );
    const headers = fc.array(fc.tuple(name, value), { maxLength: 8 });
    const run = fc.asyncProperty(headers, async (fields) => {
      const head = fields.map(([field, text]) => `${field}:${text}x\r\n`).join('');
      return (await verdict(await signed(`From: a@acme.example\r\n${head}\r\nHi\r\n`))) === 'pass';
    });
    await fc.assert(run, { numRuns: 300 });
  });
});

describe('a signature is broken by', () => {
  const message = `${HEAD}Date: Sun, 22 Nov 2026 08:00:00 +0000\r\nList-Unsubscribe: <https://a.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nHello\r\n`;

  test.each<[string, (text: string) => string]>([
    ['another word in the body', (text) => text.replace('Hello\r\n', 'Hallo\r\n')],
    ['a line added to the body', (text) => `${text}more\r\n`],
    ['another subject', (text) => text.replace('Subject: Hello', 'Subject: Hallo')],
    ['a second From', (text) => `From: eve@acme.example\r\n${text}`],
    ['a second Subject', (text) => `Subject: Pay\r\n${text}`],
    ['a Reply-To where there was none', (text) => `Reply-To: eve@evil.example\r\n${text}`],
    ['another List-Unsubscribe', (text) => text.replace('<https://a.example/u>', '<https://evil.example/u>')],
    ['another List-Unsubscribe-Post', (text) => text.replace('=One-Click', '=Two-Click')],
  ])('%s', async (_, change) => {
    const whole = await signed(message);
    expect(await verdict(whole)).toBe('pass');
    const changed = change(whole);
    expect(changed).not.toBe(whole);
    expect(await verdict(changed)).not.toBe('pass');
  });

  test('not by what servers add on the way', async () => {
    const whole = await signed(message);
    expect(await verdict(`Received: from a by b; now\r\nReturn-Path: <x@acme.example>\r\n${whole}`)).toBe('pass');
  });
});

test('the header says how it was made, in lines of a fair length', async () => {
  const header = (await dkimSignature(bytes(HEAD), await bodyHash(bytes('Hello\r\n')), signer, at)).toString();
  expect(header.split('\r\n').filter((line) => line.length > 78)).toEqual([]);
  expect(header.replaceAll(/\r\n /g, ' ')).toMatch(
    /^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=acme\.example; s=kx1; t=1795334400; h=from:from:to:to:cc:subject:subject:date: ?message-id:reply-to; bh=[\w+/]{43}=; b=[\w+/ ]+=*\r\n$/,
  );
});

test('the body hash of an empty body is that of no bytes (RFC 6376, 3.4.4)', async () => {
  expect(await bodyHash(bytes(''))).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  expect(await bodyHash(bytes(' \t\r\n\r\n'))).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
});
