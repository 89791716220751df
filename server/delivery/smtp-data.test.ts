import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smtpData } from './smtp-data.ts';

const data = (message: string) => smtpData(Buffer.from(message, 'latin1')).toString('latin1');

test.each([
  ['', '.\r\n'],
  ['one line', 'one line\r\n.\r\n'],
  ['one line\r\n', 'one line\r\n.\r\n'],
  ['.\r\n', '..\r\n.\r\n'],
  ['.a\r\n..b\r\nc.\r\n', '..a\r\n...b\r\nc.\r\n.\r\n'],
  ['a\n.\nb\n', 'a\r\n..\r\nb\r\n.\r\n'],
  ['a\r.\rb\r', 'a\r\n..\r\nb\r\n.\r\n'],
  ['a\r\r\n\n.b', 'a\r\n\r\n\r\n..b\r\n.\r\n'],
  ['\n.\r\nQUIT\r\n', '\r\n..\r\nQUIT\r\n.\r\n'],
])('%j goes out as %j', (message, expected) => expect(data(message)).toBe(expected));

const text = fc.string({ unit: fc.constantFrom('a', '.', '\r', '\n', '\r\n', '\r\n.', '\xe9', '\0'), maxLength: 60 });

test('no message holds the end of the data before its own end', () => {
  fc.assert(
    fc.property(text, (message) => {
      const sent = data(message);
      // However a server understands line ends: the one dot alone is the last.
      expect(sent.search(/(^|\r\n|\r|\n)\.(\r\n|\r|\n)/)).toBe(sent.length - (sent === '.\r\n' ? 3 : 5));
      expect(sent).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
    }),
    { numRuns: 2_000 },
  );
});

test('who takes the dots away again has the message, with CRLF line ends', () => {
  fc.assert(
    fc.property(text, (message) => {
      const lines = data(message).split('\r\n').slice(0, -2);
      const received = lines.map((line) => line.replace(/^\./, '')).join('\r\n');
      const normal = message.replaceAll(/\r\n|\r|\n/g, '\r\n');
      expect(received).toBe(normal.endsWith('\r\n') ? normal.slice(0, -2) : normal);
    }),
    { numRuns: 2_000 },
  );
});

test('a message of nothing but dots takes no more memory than others', () => {
  const message = Buffer.from('.\r\n'.repeat(4_000_000));
  const before_bytes = process.memoryUsage().rss;
  expect(smtpData(message)).toHaveLength(4 * 4_000_000 + 3);
  expect(process.memoryUsage().rss - before_bytes).toBeLessThan(150e6);
});
