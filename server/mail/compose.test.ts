import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contents, plain, stamp } from './compose.test-support.ts';
import { type Content, compose, stampRaw } from './compose.ts';
import { headerValue, splitRaw } from './raw.ts';

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
  test('has exactly the headers that were asked for, whatever is in them', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const message = compose(content, stamp);
        // Reserved, so none of the caller's; an only attachment is the message itself and has its own.
        const found = names(message).filter((name) => !/^content-(transfer-encoding|disposition|id)$/.test(name));
        expect(found.sort()).toEqual(expectedNames(content));
      }),
      { numRuns: 400 },
    );
  });

  test('ends every line with CRLF after at most 998 octets', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const text = compose(content, stamp).toString('latin1');
        expect(text).not.toMatch(/\r(?!\n)|(^|[^\r])\n/);
        for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
      }),
      { numRuns: 400 },
    );
  });

  test('has nothing but MIME headers in its parts', () => {
    const allowed = /^content-(type|transfer-encoding|disposition|id|description)$/;
    fc.assert(
      fc.property(contents, (content) => {
        const message = compose({ ...content, body_text: 'text', body_html: '<p>html</p>' }, stamp);
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
  ])('keeps to short lines with %s', (_what, change) => {
    const text = compose({ ...plain, ...change }, stamp).toString('latin1');
    expect(text).not.toMatch(/\r(?!\n)|(^|[^\r])\n/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  test('never names who is in Bcc', () => {
    const message = compose({ ...plain, bcc: ['Eve <eve@example.test>'] }, stamp);
    expect(message.toString()).not.toMatch(/eve/i);
  });
});

describe('a raw message as it leaves', () => {
  const raw = (text: string) => stampRaw(Buffer.from(text, 'latin1'), stamp, 'hello@acme.example').toString('latin1');

  test('keeps all bytes but those of the headers that are removed', () => {
    const kept =
      'X-B: 2\r\n\tfolded \xe9\r\nFrom: A <a@acme.example>\r\nmessage-id: <own@acme.example>\r\ndate: today\r\n';
    const removed =
      'bcc: eve@example.test\r\n (a comment)\r\nResent-Bcc: mallory@example.test\r\nReturn-Path: <x@y.z>\r\nX-Koltrix-Anything: 1\r\n';
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
