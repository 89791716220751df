import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { EVERYTHING } from '../../test/support/smarthost.ts';
import { connect, type Line } from './connection.ts';
import { closePools, givenPool, mail } from './pool.test-support.ts';

const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await closePools();
});

type Verb = 'MAIL' | 'RCPT' | 'DATA' | 'content';

interface Script {
  extensions: string[];
  /** Answers to the commands of the first message; later ones are taken. `close` hangs up instead. */
  answers?: Partial<Record<Verb, string>>;
}

/** A server that answers as it is told even where no sane one would; a line to it, and what came over it. */
async function given({ extensions, answers = {} }: Script) {
  const heard = { contents: [] as string[], most_at_once: 0 };
  const server = createServer((socket) => converse(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const converse = (socket: Socket) => {
    const say = (words: string) => (words === 'close' ? socket.end() : socket.write(`${words}\r\n`));
    let text = '';
    let in_data = false;
    let messages = 0;
    const answer = (verb: Verb, proper: string) => (messages ? proper : (answers[verb] ?? proper));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!in_data) heard.most_at_once = Math.max(heard.most_at_once, text.split('\r\n').length - 1);
      for (;;) {
        const mark = in_data && !text.startsWith('.\r\n') ? '\r\n.\r\n' : '\r\n';
        const at = text.indexOf(mark);
        if (at < 0) break;
        const line = text.slice(0, at);
        text = text.slice(at + mark.length);
        if (in_data) {
          heard.contents.push(line);
          in_data = false;
          messages++;
          say('250 2.0.0 Taken');
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'EHLO')
          say(['sink', ...extensions].map((e, i, all) => `250${i < all.length - 1 ? '-' : ' '}${e}`).join('\r\n'));
        else if (verb === 'RSET') {
          messages++;
          say('250 2.0.0 Ok');
        } else if (verb === 'MAIL' || verb === 'RCPT' || verb === 'DATA') {
          const reply = answer(verb, verb === 'DATA' ? '354 Go' : '250 2.1.0 Ok');
          in_data = verb === 'DATA' && reply.startsWith('354');
          say(reply);
        } else say('221 Bye');
      }
    });
    say('220 sink ESMTP');
  };
  const { port } = server.address() as AddressInfo;
  const line = await connect({ host: '127.0.0.1', port, secure: false, auth: undefined }, { helo_name: 'k.test' });
  closing.push(() => {
    line.connection.close();
    server.close();
  });
  return { heard, line: line as Line };
}

const PIPELINING = ['PIPELINING', '8BITMIME'];

test.each([
  ['together where the server offers PIPELINING', PIPELINING, 3],
  ['one by one where it does not', ['8BITMIME'], 1],
])('the commands of a message go out %s', async (_how, extensions, at_once) => {
  const { heard, line } = await given({ extensions });
  expect(await line.send(mail)).toMatchObject({ outcome: 'accepted' });
  expect(heard.contents).toEqual(['Subject: Hello\r\n\r\nHello there']);
  expect(heard.most_at_once).toBe(at_once);
});

describe('no content is sent', () => {
  test('to a server that refuses the recipient and takes DATA all the same: it gets an empty message', async () => {
    const { heard, line } = await given({ extensions: PIPELINING, answers: { RCPT: '550 5.1.1 Nobody' } });
    expect(await line.send(mail)).toMatchObject({ outcome: 'refused', response: '550 5.1.1 Nobody', reusable: true });
    expect(heard.contents).toEqual(['.']);
    expect(await line.send(mail)).toMatchObject({ outcome: 'accepted' });
    expect(heard.contents).toHaveLength(2);
  });

  test('to a server that refuses the sender and takes DATA all the same: not even the dot', async () => {
    const answers = { MAIL: '550 5.7.1 Not you', RCPT: '503 5.5.1 MAIL first' };
    const { heard, line } = await given({ extensions: PIPELINING, answers });
    expect(await line.send(mail)).toMatchObject({ outcome: 'refused', response: '550 5.7.1 Not you', reusable: false });
    expect(heard.contents).toEqual([]);
  });

  test.each<[string, Script['answers'], string]>([
    ['the recipient', { RCPT: '550 5.1.1 Nobody', DATA: '503 5.5.1 No recipient' }, '550 5.1.1 Nobody'],
    ['the recipient for now', { RCPT: '450 4.2.1 Later', DATA: '554 5.5.1 No recipient' }, '450 4.2.1 Later'],
    ['the sender', { MAIL: '550 5.7.1 Not you', RCPT: '503 5.5.1', DATA: '503 5.5.1' }, '550 5.7.1 Not you'],
    ['DATA', { DATA: '451 4.3.0 Not now' }, '451 4.3.0 Not now'],
  ])('to one that refuses %s; its own words count, not what follows from them', async (_what, answers, response) => {
    const { heard, line } = await given({ extensions: PIPELINING, answers: answers ?? {} });
    expect(await line.send(mail)).toMatchObject({ outcome: 'refused', response, reusable: true });
    expect(heard.contents).toEqual([]);
    expect(await line.send(mail)).toMatchObject({ outcome: 'accepted' });
  });

  test.each<Verb>(['MAIL', 'RCPT', 'DATA'])('to one that hangs up at %s, which it has not taken', async (verb) => {
    const { heard, line } = await given({ extensions: PIPELINING, answers: { [verb]: 'close' } });
    expect(await line.send(mail)).toMatchObject({ outcome: 'unreachable', reusable: false });
    expect(heard.contents).toEqual([]);
  });

  test.each<[string, Script['answers'], string]>([
    ['the recipient', { RCPT: '550 5.1.1 Nobody', DATA: 'close' }, '550 5.1.1 Nobody'],
    ['the sender', { MAIL: '550 5.7.1 Not you', RCPT: 'close' }, '550 5.7.1 Not you'],
  ])('to one that refuses %s and hangs up, which is still that refusal', async (_what, answers, response) => {
    const { heard, line } = await given({ extensions: PIPELINING, answers: answers ?? {} });
    expect(await line.send(mail)).toEqual({ outcome: 'refused', response, reusable: false });
    expect(heard.contents).toEqual([]);
  });

  test('and an earlier refusal says nothing of the message after it', async () => {
    const { send, smarthost } = await givenPool({
      behave: ({ stage, recipient }) => {
        if (recipient.startsWith('nobody') && stage === 'RCPT') return '550 5.1.1 Nobody';
        return recipient.startsWith('ada') && stage === 'message' ? { and: 'close' } : undefined;
      },
    });
    expect(await send({ rcpt_to: 'nobody@example.test' })).toMatchObject({ outcome: 'refused', reusable: true });
    expect(await send()).toMatchObject({ outcome: 'uncertain', reusable: false });
    expect(smarthost.connections).toBe(1);
  });
});

describe('STARTTLS', () => {
  test('comes alone: what the server sent along in the clear is not believed (RFC 3207, 6)', async () => {
    const { send, smarthost } = await givenPool({
      extensions: ['STARTTLS', 'PIPELINING'],
      behave: ({ stage }) => (stage === 'STARTTLS' ? '220 Go ahead\n250-smarthost.test\n250 DSN' : undefined),
    });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.received[0]).toMatchObject({ tls: true, mail_parameters: '', rcpt_parameters: '' });
  });

  test('is followed by nothing in the clear', async () => {
    const { send, smarthost } = await givenPool({ extensions: ['STARTTLS', ...EVERYTHING] });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.commands.map(({ line }) => line.slice(0, 8))).toEqual([
      'EHLO mai',
      'STARTTLS',
      'EHLO mai',
      'MAIL FRO',
      'RCPT TO:',
      'DATA',
    ]);
    expect(smarthost.received[0]?.tls).toBe(true);
  });
});
