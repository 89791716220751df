import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
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

  let child: ChildProcess | undefined;
  afterEach(() => child?.kill());

  test('streams whole and raises the memory of the relay by less than 100 MB', { timeout: 90_000 }, async () => {
    const api = await startFakeApi();
    child = spawn(process.execPath, [join(import.meta.dirname, 'support/relay-process.ts'), api.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const answers = lines[Symbol.asyncIterator]();
    const answer = async () => Number((await answers.next()).value);
    const memory = (): Promise<number> => {
      child?.stdin?.write('\n');
      return answer();
    };
    const client = await connect(await answer());
    await client.logIn();
    await client.startData();
    await client.command(`Subject: warm\r\n\r\n${line}.`);

    const before_bytes = await memory();
    let highest_bytes = before_bytes;
    const head = 'Subject: large\r\n\r\n';
    const lines_sent = Math.floor((26_214_400 - head.length) / line.length);
    await client.startData();
    client.write(head);
    for (let sent = 0; sent < lines_sent; sent += 2_000) {
      const batch = line.repeat(Math.min(2_000, lines_sent - sent));
      if (!client.socket.write(batch)) await once(client.socket, 'drain');
      highest_bytes = Math.max(highest_bytes, await memory());
    }
    expect(await client.command('.')).toMatch(/^250 /);
    highest_bytes = Math.max(highest_bytes, await memory());

    expect(api.received[1]?.body.length).toBe(head.length + lines_sent * line.length);
    expect((highest_bytes - before_bytes) / 1e6).toBeLessThan(100);
    client.socket.destroy();
    child.stdin?.end();
    await once(child, 'exit');
    await api.stop();
  });
});
