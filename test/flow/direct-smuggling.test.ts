import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { Smarthost } from '../support/smarthost.ts';

const stack = new AsyncDisposableStack();
let internet: Internet;
let sender: Sender;
let mx: Smarthost;
beforeAll(async () => {
  internet = stack.use(await givenInternet());
  sender = await givenSender(stack.use(await givenDirect(internet)), internet);
  mx = await internet.mx({ domains: ['target.example'] });
});
afterAll(() => stack.disposeAsync());

const SECOND =
  'MAIL FROM:<boss@target.example>\r\nRCPT TO:<victim@target.example>\r\nDATA\r\nSubject: Smuggled\r\n\r\nSmuggled\r\n.\r\n';

let messages = 0;

/** One message has left, with nothing on the wire that some server takes for its end before its end. */
function expectOne(to: string): void {
  const received = mx.received.filter(({ rcpt_to }) => rcpt_to === to);
  expect(received).toHaveLength(1);
  expect(mx.commands.filter(({ line }) => /boss@|victim@/.test(line))).toEqual([]);
  expect(mx.received.filter(({ rcpt_to }) => rcpt_to.startsWith('victim'))).toEqual([]);
  // Lines end in CR and LF together: servers that take one alone for a line end see no others than we do.
  expect(received[0]?.message.toString('latin1')).not.toMatch(/(^|[^\r])\n|\r(?!\n)/);
}

test.each(['\n.\n', '\n.\r\n', '\r.\r\n', '\r.\r', '\r\n.\n', '\r\n.\r', '\r\n.\r\n', '\r\n\0.\r\n', '\n\r\n.\n'])(
  'raw mail with %j and a second transaction behind it is refused, or leaves as one message',
  async (end) => {
    const to = `raw${++messages}@target.example`;
    const source = `From: ${sender.from}\r\nTo: ${to}\r\nSubject: Outer\r\n\r\nOuter${end}${SECOND}`;
    const accepted = await sender.koltrix.emails
      .sendRaw(source, { mail_from: sender.from, rcpt_to: [to] })
      .catch((error: { status?: number }) => {
        expect(error.status).toBe(400);
        return undefined;
      });
    if (!accepted) return expect(mx.received.filter(({ rcpt_to }) => rcpt_to === to)).toEqual([]);
    await sender.settled(accepted.id);
    expectOne(to);
  },
);

test.each(['\n.\n', '\r\n.\r\n', '\r.\r', '\n.\r\n'])(
  'a text with %j and a second transaction behind it leaves as one message',
  async (end) => {
    const to = `text${++messages}@target.example`;
    await sender.settled(await sender.send([to], { body_text: `Outer${end}${SECOND}` }));
    expectOne(to);
  },
);

test('nor does a header smuggle', async () => {
  const injected = { subject: `Hello\r\n.\r\n${SECOND}` };
  await expect(sender.send(['header@target.example'], injected)).rejects.toMatchObject({ status: 400 });
});
