import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { startFakeApi } from './support/fake-api.ts';
import { givenRelay } from './support/given.ts';
import { connect } from './support/smtp-client.ts';

const line = `${'x'.repeat(98)}\r\n`;

describe('SIZE', () => {
  test('refuses at MAIL FROM what is announced too large', async () => {
    const client = await (await givenRelay()).loggedIn();
    expect(await client.command('MAIL FROM:<app@acme.test> SIZE=26214401')).toMatch(/^552 5\.3\.4 /);
    expect(await client.command('MAIL FROM:<app@acme.test> SIZE=26214400')).toMatch(/^250 /);
  });

  test.each([
    ['in one packet', 100_000],
    ['as a stream', 2_000],
  ])('is enforced while reading %s; nothing is sent, and the connection stays usable', async (_name, buffered) => {
    const given = await givenRelay({ max_message_bytes: 50_000, max_buffered_bytes: buffered });
    const client = await given.loggedIn();
    await client.startData();
    client.write(`Subject: Hi\r\n\r\n${line.repeat(1_000)}.\r\n`);
    expect(await client.reply()).toMatch(/^552 5\.3\.4 /);
    expect(given.api.received).toEqual([]);
    await client.startData();
    expect(await client.command('Subject: Hi\r\n\r\nsmall\r\n.')).toMatch(/^250 /);
  });

  test('counts the message, not the dots that only its transfer needs', async () => {
    const given = await givenRelay({ max_message_bytes: 300 });
    const client = await given.loggedIn();
    await client.startData();
    expect(await client.command(`${'..\r\n'.repeat(100)}.`)).toMatch(/^250 /);
    expect(given.api.received[0]?.body).toBe('.\r\n'.repeat(100));
  });

  test('refuses a header block that does not end within bounds', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    expect(await client.command(`${`X-Long: ${line}`.repeat(3_000)}.`)).toMatch(/^552 5\.3\.4 .*header block/);
    expect(given.api.received).toEqual([]);
  });
});

describe('a message of 25 MB', () => {
  test('waits with the client while the API does not read it', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    given.api.misbehave = 'stall';
    await client.startData();
    client.write(`Subject: large\r\n\r\n${line.repeat(250_000)}`);
    // What the sockets between take, they have taken when nothing has moved for a while.
    let before = -1;
    while (before !== client.socket.writableLength) {
      before = client.socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(before).toBeGreaterThan(5_000_000);
  });

  test('streams whole and raises the memory of the relay by less than 100 MB', { timeout: 90_000 }, async () => {
    await using relay = await startRelayProcess();
    const client = await relay.loggedIn();
    const before_bytes = await relay.memory();
    let highest_bytes = before_bytes;
    const head = 'Subject: large\r\n\r\n';
    const lines_sent = Math.floor((26_214_400 - head.length) / line.length);
    await client.startData();
    client.write(head);
    for (let sent = 0; sent < lines_sent; sent += 2_000) {
      const batch = line.repeat(Math.min(2_000, lines_sent - sent));
      if (!client.socket.write(batch)) await once(client.socket, 'drain');
      highest_bytes = Math.max(highest_bytes, await relay.memory());
    }
    expect(await client.command('.')).toMatch(/^250 /);
    highest_bytes = Math.max(highest_bytes, await relay.memory());

    expect(relay.api.received.at(-1)?.body.length).toBe(head.length + lines_sent * line.length);
    expect((highest_bytes - before_bytes) / 1e6).toBeLessThan(100);
  });
});

test('twenty messages of nothing but dots take no more memory than others', { timeout: 90_000 }, async () => {
  await using relay = await startRelayProcess();
  const clients = await Promise.all(Array.from({ length: 20 }, () => relay.loggedIn()));
  for (const client of clients) await client.startData();
  const before_bytes = await relay.memory();
  // 240 kB each: below what is kept whole, and so held until its end.
  for (let part = 0; part < 16; part++) {
    for (const { socket } of clients) if (!socket.write('..\r\n'.repeat(5_000))) await once(socket, 'drain');
  }
  const replies = Promise.all(clients.map((client) => client.command('.')));
  let highest_bytes = await relay.memory();
  while ((await Promise.race([replies, 'not yet'])) === 'not yet') {
    highest_bytes = Math.max(highest_bytes, await relay.memory());
  }
  for (const reply of await replies) expect(reply).toMatch(/^250 /);
  expect((highest_bytes - before_bytes) / 1e6).toBeLessThan(100);
  expect(relay.api.received.slice(-20).map(({ body }) => body.length)).toEqual(Array(20).fill(240_000));
});

/** A relay in a process of its own, whose memory can be asked for, before an API of the tests. */
async function startRelayProcess() {
  await using stack = new AsyncDisposableStack();
  const api = stack.adopt(await startFakeApi(), (started) => started.stop());
  const child = spawn(process.execPath, [join(import.meta.dirname, 'support/relay-process.ts'), api.url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  stack.defer(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => Number((await answers.next()).value);
  const port = await answer();
  const owned = stack.move();
  return {
    api,
    async loggedIn() {
      const client = await connect(port);
      owned.defer(() => void client.socket.destroy());
      await client.logIn();
      return client;
    },
    memory(): Promise<number> {
      child.stdin.write('\n');
      return answer();
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
