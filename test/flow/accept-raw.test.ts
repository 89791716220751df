import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isMock } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

interface RawDoor {
  name: string;
  submit(acme: Tenant, source: Buffer): Promise<string>;
}

const doors: RawDoor[] = [
  {
    name: 'REST',
    async submit({ koltrix }, source) {
      return (await koltrix.emails.sendRaw(source, { mail_from: 'hello@acme.example', rcpt_to: ['ada@example.test'] }))
        .id;
    },
  },
  { name: 'SMTP', submit: (acme, source) => overSmtp(acme, source) },
];

/** A conversation by hand, so that no library touches the bytes. */
async function overSmtp({ smtp_port, key }: Tenant, source: Buffer): Promise<string> {
  const socket = connect(smtp_port, '127.0.0.1');
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async (): Promise<string> => {
    const { value, done } = await replies.next();
    if (done) throw new Error('the relay hung up');
    return /^\d{3}-/.test(value) ? reply() : value;
  };
  const say = async (line: string | Buffer, code: string) => {
    socket.write(line);
    const answer = await reply();
    if (!answer.startsWith(code)) throw new Error(answer);
    return answer;
  };
  try {
    await reply();
    await say('EHLO test\r\n', '250');
    await say(`AUTH PLAIN ${Buffer.from(`\0any\0${key}`).toString('base64')}\r\n`, '235');
    await say('MAIL FROM:<hello@acme.example> BODY=8BITMIME\r\n', '250');
    await say('RCPT TO:<ada@example.test>\r\n', '250');
    await say('DATA\r\n', '354');
    const stuffed = source.toString('latin1').replaceAll(/(^|\r\n)\./g, '$1..');
    return /em_\w+/.exec(await say(Buffer.from(`${stuffed}.\r\n`, 'latin1'), '250'))?.[0] as string;
  } finally {
    socket.destroy();
  }
}

const HEADER = [
  'From: "Acme" <hello@acme.example>',
  'To: Ada <ada@example.test>,',
  '\tBob <bob@example.test>',
  'Message-ID: <own-id.4711@acme.example>',
  'Date: Sun, 22 Nov 2026 08:00:00 +0100',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  'x-own:   odd   spacing\t',
  'X-Empty:',
  'MIME-Version: 1.0',
].join('\r\n');

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((byte) => ![0, 10, 13].includes(byte)));

const bodies: [string, Buffer][] = [
  ['plain text', Buffer.from('Hello\r\n')],
  ['nothing', Buffer.alloc(0)],
  ['dots at the starts of lines', Buffer.from('.\r\n..\r\n.a\r\n...\r\nend.\r\n.\r\n')],
  ['empty lines at the end', Buffer.from('a\r\n\r\n\r\n\r\n')],
  ['every byte that a line may have', Buffer.concat([allBytes, Buffer.from('\r\n'), allBytes, Buffer.from('\r\n')])],
  ['lines of 998 octets', Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(50))],
  [
    'headers and ids in the body',
    Buffer.from(`Bcc: a@b.c\r\nX-Koltrix-A: b\r\n<msg_${'0'.repeat(26)}@acme.example>\r\n`),
  ],
  [
    'a signed structure with odd boundaries',
    Buffer.from(
      '--=_x\r\nContent-Type: text/plain\r\n\r\nsigned  \r\n--=_x\r\nContent-Type: application/pkcs7\r\n\r\nAAAA\r\n--=_x--\r\nepilogue\r\n',
    ),
  ],
  ['a megabyte', Buffer.from(`${'0123456789'.repeat(7)}\r\n`.repeat(14_600))],
];

async function sourceOf(acme: Tenant): Promise<Buffer> {
  const [mail] = await acme.captured();
  return Buffer.from(await (await acme.fetch(`/test/messages/${mail?.id}/source`)).arrayBuffer());
}

// The mock has no relay.
describe.each(isMock ? doors.slice(0, 1) : doors)('a raw message by $name', ({ submit }) => {
  test.each(bodies)('arrives byte for byte with %s', async (_what, body) => {
    const acme = await koltrix.tenant();
    const source = Buffer.concat([Buffer.from(`${HEADER}\r\n\r\n`), body]);
    await acme.settled(await submit(acme, source));
    const arrived = await sourceOf(acme);
    const added = /^Feedback-ID: [^\r\n]+\r\n/.exec(arrived.toString('latin1'))?.[0] ?? '';
    expect(added).not.toBe('');
    expect(arrived.subarray(added.length).equals(source)).toBe(true);
  });

  test('is refused for a line of more than 998 octets, which is named', async () => {
    const acme = await koltrix.tenant();
    const source = Buffer.from(`${HEADER}\r\n\r\n${'x'.repeat(999)}\r\n`);
    await expect(submit(acme, source)).rejects.toThrow(/line of 999 octets, number 11,/);
    expect(await Array.fromAsync(acme.koltrix.emails.list())).toEqual([]);
  });

  test('loses the headers that must not leave, wherever they stand and however they are written', async () => {
    const acme = await koltrix.tenant();
    const secret =
      'BCC: eve@example.test,\r\n  mallory@example.test\r\nResent-BCC: x@y.z\r\nReturn-path: <x@y.z>\r\nX-KOLTRIX-Anything : 1\r\n\tfolded\r\n';
    const source = Buffer.from(`${secret}${HEADER}\r\n${secret}\r\nBody\r\n`);
    await acme.settled(await submit(acme, source));
    const arrived = (await sourceOf(acme)).toString();
    expect(arrived.slice(arrived.indexOf('\r\n') + 2)).toBe(`${HEADER}\r\n\r\nBody\r\n`);
  });

  test('gets the headers that it lacks, and no second one of those that it has', async () => {
    const acme = await koltrix.tenant();
    const id = await submit(acme, Buffer.from('Subject: Bare\r\n\r\nBody\r\n'));
    const { messages } = await acme.settled(id);
    const [mail] = await acme.captured();
    const valuesOf = (wanted: string) =>
      mail?.headers.filter(({ name }) => name.toLowerCase() === wanted).map(({ value }) => value);
    expect(valuesOf('message-id')).toEqual([`<${messages[0]?.id}@acme.example>`]);
    expect(valuesOf('from')).toEqual(['hello@acme.example']);
    expect(valuesOf('date')).toHaveLength(1);
    expect(valuesOf('subject')).toEqual(['Bare']);
  });

  test('with 8-bit text is shown by its headers in UTF-8', async () => {
    const acme = await koltrix.tenant();
    const source = Buffer.from('From: Jörg <hello@acme.example>\r\nSubject: Grüße 🎉\r\n\r\nSchöne Grüße\r\n');
    const id = await submit(acme, source);
    expect(await acme.settled(id)).toMatchObject({ subject: 'Grüße 🎉', from: 'Jörg <hello@acme.example>' });
    expect((await sourceOf(acme)).includes(source)).toBe(true);
  });
});

test('a file with plain LF is taken by REST, as every mail program writes it', async () => {
  const acme = await koltrix.tenant();
  const source = Buffer.from(`${HEADER}\r\n\r\nHello\r\n\r\n.\r\n`);
  const id = await (doors[0] as RawDoor).submit(acme, Buffer.from(source.toString().replaceAll('\r\n', '\n')));
  await acme.settled(id);
  expect((await sourceOf(acme)).subarray(-source.length).equals(source)).toBe(true);
});
