import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId, readId, showId } from '../store/ids.ts';
import { converse, handOver, startTestInbox, type TestInbox } from './inbox.test-support.ts';
import { getCaptured, getSource } from './index.ts';
import { startInbox } from './server.ts';

let world: TestInbox;
beforeAll(async () => {
  world = await startTestInbox();
});
afterAll(() => world[Symbol.asyncDispose]());

const NOT_OURS = '550 5.7.1 The inbox takes only outbound messages; name one as ENVID';

/** The id that the reply of a capture names. */
function idIn(reply: string): string {
  expect(reply).toMatch(/^250 2\.0\.0 Captured tm_/);
  return readId('tm', reply.split(' ')[3] ?? '') as string;
}

describe('the inbox', () => {
  test('offers what delivery needs, and neither TLS nor a login', async () => {
    using client = await converse(world.inbox);
    const offered = (await client.say('EHLO worker')).map((line) => line.slice(4)).slice(1);
    expect(offered.sort()).toEqual(['8BITMIME', 'DSN', 'PIPELINING', 'SIZE 104857600', 'SMTPUTF8']);
    expect(await client.say('STARTTLS')).toEqual([expect.stringMatching(/^500 /)]);
    expect(await client.say('AUTH PLAIN AGEAYg==')).toEqual([expect.stringMatching(/^500 /)]);
  });

  test('keeps a message for the tenant and the email of the outbound message', async () => {
    const message = await world.givenMessage();
    const reply = await handOver(world.inbox, {
      from: 'b+ToKeN@Bounces.example',
      to: 'Ada@Example.com',
      envid: message.id,
    });
    const id = idIn(reply);
    expect(await getCaptured(world, message.tenant_id, id)).toMatchObject({
      id: showId('tm', id),
      email_id: showId('em', message.email_id),
      message_id: showId('msg', message.id),
      mail_from: 'b+ToKeN@bounces.example',
      rcpt_to: 'ada@example.com',
      subject: 'Hello',
    });
  });

  test('keeps the exact bytes, dots and 8-bit characters included', async () => {
    const message = await world.givenMessage();
    const lines = ['.', '..', '.a', 'café', '', `${'x'.repeat(70_000)}`, '.', ''].join('\r\n');
    const source = Buffer.concat([
      Buffer.from('Subject: Grüße\r\n\r\n'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(lines),
    ]);
    const id = idIn(await handOver(world.inbox, { to: 'ada@example.com', envid: message.id, source }));
    expect(await getSource(world, message.tenant_id, id)).toEqual(source);
  });

  test('takes the null sender, an address in Unicode, and an id in capital letters', async () => {
    const { id: envid, tenant_id } = await world.givenMessage();
    using client = await converse(world.inbox);
    await client.say('EHLO worker');
    await client.say(`MAIL FROM:<> SMTPUTF8 ENVID=${envid.toUpperCase()}`);
    expect(await client.say('RCPT TO:<Zoë@EXÄMPLE.test>')).toEqual(['250 Accepted']);
    await client.say('DATA');
    const [reply] = await client.say(Buffer.from('\r\n.\r\n'));
    expect(await getCaptured(world, tenant_id, idIn(reply ?? ''))).toMatchObject({
      mail_from: '',
      rcpt_to: 'zoë@xn--exmple-cua.test',
    });
  });

  test('keeps a thousand messages that arrive at once, each for its own recipient', async () => {
    const { id: envid, tenant_id } = await world.givenMessage();
    const replies = await Promise.all(
      Array.from({ length: 20 }, async (_, worker) => {
        using client = await converse(world.inbox);
        await client.say('EHLO worker');
        const taken: [string, string][] = [];
        for (let n = 0; n < 50; n++) {
          const recipient = `r${worker}-${n}@example.com`;
          await client.say(`MAIL FROM:<a@acme.example> ENVID=${envid}`);
          await client.say(`RCPT TO:<${recipient}>`);
          await client.say('DATA');
          const [reply] = await client.say(Buffer.from(`Subject: ${recipient}\r\n\r\n${'.'.repeat(n)}x\r\n.\r\n`));
          taken.push([recipient, idIn(reply ?? '')]);
        }
        return taken;
      }),
    );
    for (const [recipient, id] of replies.flat().filter((_, n) => n % 97 === 0)) {
      expect(await getCaptured(world, tenant_id, id)).toMatchObject({ rcpt_to: recipient, subject: recipient });
    }
    expect(new Set(replies.flat().map(([, id]) => id)).size).toBe(1_000);
  });
});

describe('the inbox refuses', () => {
  test.each([
    ['without an ENVID', undefined],
    ['with an ENVID that is no id', 'hello'],
    ['with an id that nobody knows', newId()],
  ])('mail %s', async (_which, envid) => {
    const reply = await handOver(world.inbox, { to: 'ada@example.com', ...(envid && { envid }) });
    expect(reply).toBe(NOT_OURS);
  });

  test('a second recipient, so that each copy has a transaction of its own', async () => {
    const { id } = await world.givenMessage();
    using client = await converse(world.inbox);
    await client.say('EHLO worker');
    await client.say(`MAIL FROM:<a@acme.example> ENVID=${id}`);
    await client.say('RCPT TO:<ada@example.com>');
    expect(await client.say('RCPT TO:<bob@example.com>')).toEqual(['452 4.5.3 One recipient for each transaction']);
  });

  test('the ENVID of one transaction to serve for the next', async () => {
    const { id } = await world.givenMessage();
    using client = await converse(world.inbox);
    await client.say('EHLO worker');
    await client.say(`MAIL FROM:<a@acme.example> ENVID=${id}`);
    await client.say('RSET');
    expect(await client.say('MAIL FROM:<a@acme.example>')).toEqual([NOT_OURS]);
  });
});

describe('a simulated recipient', () => {
  test.each([
    ['bounced@simulator.test', '550 5.1.1'],
    ['Bounced+Label@SIMULATOR.test', '550 5.1.1'],
    ['blocked@simulator.test', '554 5.7.1'],
    ['who@simulator.test', '550 5.1.1 No such simulated mailbox; there are delivered, bounced'],
  ])('%s is refused with %s at RCPT', async (recipient, reply) => {
    const { id } = await world.givenMessage();
    using client = await converse(world.inbox);
    await client.say('EHLO worker');
    await client.say(`MAIL FROM:<a@acme.example> ENVID=${id}`);
    expect(await client.say(`RCPT TO:<${recipient}>`)).toEqual([expect.stringContaining(reply)]);
  });

  test.each(['delivered', 'complained', 'async-bounced', 'Delivered+x'])('%s takes the message', async (name) => {
    const { id, tenant_id } = await world.givenMessage();
    const captured = idIn(await handOver(world.inbox, { to: `${name}@simulator.test`, envid: id }));
    expect(await getCaptured(world, tenant_id, captured)).toMatchObject({
      rcpt_to: `${name.toLowerCase()}@simulator.test`,
    });
  });

  test.each([
    [1, '451 4.2.1'],
    [2, '451 4.2.1'],
    [3, '250 2.0.0 Captured'],
    [4, '250 2.0.0 Captured'],
  ])('deferred answers conversation %i with %s', async (attempt, reply) => {
    const { id } = await world.givenMessage({ attempt });
    expect(await handOver(world.inbox, { to: 'deferred+1@simulator.test', envid: id })).toContain(reply);
  });

  test('deferred does not know a message that nobody sent', async () => {
    expect(await handOver(world.inbox, { to: 'deferred@simulator.test', envid: newId() })).toBe(NOT_OURS);
  });
});

test('a client that leaves in the middle of a message leaves nothing behind', async () => {
  const { id, tenant_id } = await world.givenMessage();
  {
    using client = await converse(world.inbox);
    await client.say('EHLO worker');
    await client.say(`MAIL FROM:<a@acme.example> ENVID=${id}`);
    await client.say('RCPT TO:<ada@example.com>');
    await client.say('DATA');
  }
  const reply = await handOver(world.inbox, { to: 'bob@example.com', envid: id });
  const { rows } = await world.db.query({
    name: 'test.captured_of_tenant',
    text: 'select id from captured_messages where tenant_id = $1',
    values: [tenant_id],
  });
  expect(rows).toEqual([{ id: idIn(reply) }]);
});

test('closing tells idle clients at once, and lets a transaction under way finish', async () => {
  const { id } = await world.givenMessage();
  const inbox = await startInbox(world);
  using idle = await converse(inbox);
  using busy = await converse(inbox);
  await idle.say('EHLO worker');
  await busy.say('EHLO worker');
  await busy.say(`MAIL FROM:<a@acme.example> ENVID=${id}`);
  await busy.say('RCPT TO:<ada@example.com>');
  await busy.say('DATA');
  const closed = inbox[Symbol.asyncDispose]();
  expect(await idle.hear()).toEqual(['421 4.3.2 Shutting down']);
  idIn((await busy.say(Buffer.from('\r\n.\r\n')))[0] ?? '');
  await closed;
});

test('while the database is away the answer is 451, and mail is taken again once it is back', async () => {
  const { id } = await world.givenMessage();
  await world.postgres.stop();
  expect(await handOver(world.inbox, { to: 'ada@example.com', envid: id })).toMatch(/^451 4\.3\.0 /);
  expect(await handOver(world.inbox, { to: 'deferred@simulator.test', envid: id })).toMatch(/^451 4\.3\.0 /);
  await world.postgres.start();
  idIn(await handOver(world.inbox, { to: 'ada@example.com', envid: id }));
});
