import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LineEnds, scanLineEnds } from '../scan.ts';
import { givenRelay } from './support/given.ts';

const head = 'From: app@acme.test\r\nSubject: Hi\r\n\r\n';
const hidden = 'MAIL FROM:<evil@acme.test>\r\nRCPT TO:<victim@example.test>\r\nDATA\r\nSubject: Smuggled\r\n\r\nGotcha';

describe('an end of DATA that other servers might see', () => {
  const ends = [
    '\n.\r\n',
    '\r.\r\n',
    '\n.\n',
    '\r\n.\n',
    '\r\n.\r',
    '\r.\r',
    '\n\n.\r\n',
    '\r\r\n.\r\n',
    '\n..\r\n',
    '\r\0\n.\r\n',
  ];

  test.each(ends.map((end) => [JSON.stringify(end), end]))('%s hides no second message', async (_name, end) => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    client.write(`${head}Hello${end}`);
    if (!end.endsWith('\r\n.\r\n')) client.write(`${hidden}\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^550 5\.6\.11 /);
    expect(given.api.received).toEqual([]);

    expect(await client.command('NOOP')).toMatch(/^250 /);
    await client.startData();
    expect(await client.command(`${head}Clean\r\n.`)).toBe('250 2.0.0 Accepted em_1');
    expect(given.api.received.map(({ body }) => body)).toEqual([`${head}Clean\r\n`]);
  });

  test('is refused just the same when every byte comes in a packet of its own', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    client.socket.setNoDelay(true);
    await client.startData();
    for (const byte of `${head}Hello\n.\r\nMAIL FROM:<x@y.test>\r\n.\r\n`) {
      client.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.reply()).toMatch(/^550 5\.6\.11 /);
    expect(given.api.received).toEqual([]);
  });

  test.each(['\nSubject: x\r\n\r\nx', '\rSubject: x\r\n\r\nx', 'Subject: x\n\r\nx', 'Subject: x\r\n\nx'])(
    'is not let in by a line end that stands alone in the headers: %j',
    async (text) => {
      const given = await givenRelay();
      const client = await given.loggedIn();
      await client.startData();
      expect(await client.command(`${text}\r\n.`)).toMatch(/^550 5\.6\.11 /);
      expect(given.api.received).toEqual([]);
    },
  );

  test('breaks off a message that already streams to the API', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    client.write(`${head}${`${'x'.repeat(98)}\r\n`.repeat(20_000)}`);
    expect(await client.command('bare\nline end\r\n.')).toMatch(/^550 5\.6\.11 /);
    await expect.poll(() => given.api.broken).toBe(1);
    expect(given.api.received).toEqual([]);
    await client.startData();
    expect(await client.command(`${head}Clean\r\n.`)).toMatch(/^250 /);
  });
});

describe('the scan', () => {
  const scan = (chunks: Uint8Array[]): LineEnds =>
    chunks.reduce<LineEnds>((state, it) => scanLineEnds(it, state), 'text');
  const text = fc
    .array(fc.constantFrom('a', '.', '\r', '\n', '\r\n'), { maxLength: 40 })
    .map((parts) => parts.join(''));

  test('finds exactly what is not CRLF, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 5 }), (content, cuts) => {
        const bytes = Buffer.from(content);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const isClean = !/[\r\n]/.test(content.replaceAll('\r\n', ''));
        expect(scan(chunks) === 'text').toBe(isClean);
      }),
    );
  });
});
