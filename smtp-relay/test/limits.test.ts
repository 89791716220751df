import { describe, expect, test } from 'vitest';
import { createAdmission } from '../admission.ts';
import { givenRelay } from './support/given.ts';

describe('connections', () => {
  test('beyond the limit are turned away with 421 4.3.2, until others have left', async () => {
    const given = await givenRelay({ max_connections: 2 });
    const first = await given.client();
    await given.client();
    const third = await given.client();
    expect(third.greeting).toMatch(/^421 4\.3\.2 /);
    await third.closed;
    first.socket.destroy();
    await expect.poll(async () => (await given.client()).greeting).toMatch(/^220 /);
  });

  test('of one address are limited, and counted out again', () => {
    const admission = createAdmission({ max_connections: 10, max_connections_per_address: 2 });
    expect(admission.enter('192.0.2.1')).toBeUndefined();
    expect(admission.enter('192.0.2.1')).toBeUndefined();
    expect(admission.enter('192.0.2.1')).toMatchObject({ code: 421, enhanced: '4.7.0' });
    expect(admission.enter('192.0.2.2')).toBeUndefined();
    admission.leave('192.0.2.1');
    expect(admission.enter('192.0.2.1')).toBeUndefined();
  });

  test('of loopback are limited in all only', () => {
    const admission = createAdmission({ max_connections: 3, max_connections_per_address: 1 });
    for (const address of ['127.0.0.1', '127.0.0.1', '::1']) expect(admission.enter(address)).toBeUndefined();
    expect(admission.enter('127.0.0.1')).toMatchObject({ code: 421, enhanced: '4.3.2' });
  });

  test('may stand idle by the hundred while mail goes on', async () => {
    const given = await givenRelay();
    const idle = await Promise.all(Array.from({ length: 200 }, () => given.loggedIn()));
    const client = await given.loggedIn();
    await client.startData();
    expect(await client.command('Subject: Hi\r\n\r\nHello\r\n.')).toMatch(/^250 /);
    expect(await idle[199]?.command('NOOP')).toMatch(/^250 2\.0\.0 /);
  });

  test('that are silent for too long end with 421 4.4.2', async () => {
    const client = await (await givenRelay({ idle_timeout_ms: 100 })).loggedIn();
    expect(await client.reply()).toMatch(/^421 4\.4\.2 /);
    await client.closed;
  });
});

describe('commands', () => {
  test('that nobody knows end the connection at the tenth', async () => {
    const client = await (await givenRelay()).loggedIn();
    for (let count = 1; count < 10; count += 1) expect(await client.command('WHAT')).toMatch(/^500 5\.5\.2 /);
    expect(await client.command('WHAT')).toMatch(/^421 4\.7\.0 /);
    await client.closed;
  });

  test('named like an inner name of the library get the code of any other', async () => {
    const client = await (await givenRelay()).loggedIn();
    expect(await client.command('MAIL_FROM_OK')).toMatch(/^500 5\.5\.2 /);
  });

  test('without a login end the connection at the tenth', async () => {
    const client = await (await givenRelay()).client();
    for (let count = 1; count < 10; count += 1) expect(await client.command('NOOP')).toMatch(/^250 /);
    expect(await client.command('NOOP')).toMatch(/^421 4\.7\.0 /);
  });

  test('without a message between them are limited; a message starts the count anew', async () => {
    const client = await (await givenRelay({ max_commands_without_mail: 10 })).loggedIn();
    for (let count = 1; count <= 3; count += 1) {
      for (const command of ['NOOP', 'NOOP', 'NOOP', 'NOOP']) await client.command(command);
      await client.startData();
      expect(await client.command('Subject: Hi\r\n\r\nHello\r\n.')).toMatch(/^250 /);
    }
    for (let count = 1; count <= 10; count += 1) expect(await client.command('RSET')).toMatch(/^250 /);
    expect(await client.command('RSET')).toMatch(/^421 4\.7\.0 /);
    await client.closed;
  });

  test.each([true, false])('longer than 12,288 bytes are refused for good (line ended: %s)', async (ended) => {
    const client = await (await givenRelay()).loggedIn();
    client.write(`NOOP ${'x'.repeat(20_000)}${ended ? '\r\n' : ''}`);
    expect(await client.reply()).toMatch(/^500 5\.5\.2 /);
    await client.closed;
  });

  test('of a web page are not understood', async () => {
    const client = await (await givenRelay()).client();
    expect(await client.command('POST / HTTP/1.1')).toMatch(/^421 4\.7\.0 /);
    await client.closed;
  });
});

describe('failed logins', () => {
  test('end the connection at the third', async () => {
    const given = await givenRelay();
    const client = await given.client();
    expect(await client.logIn('kx_1')).toMatch(/^535 5\.7\.8 /);
    expect(await client.logIn('kx_2')).toMatch(/^535 5\.7\.8 /);
    expect(await client.logIn('kx_3')).toMatch(/^421 4\.7\.0 /);
    await client.closed;
  });

  test('do not count when the API is to blame', async () => {
    const given = await givenRelay();
    given.api.keys.set('kx_send', 'unavailable');
    const client = await given.client();
    for (let count = 1; count <= 4; count += 1) expect(await client.logIn()).toMatch(/^454 4\.7\.0 /);
  });
});

describe('DATA', () => {
  test('that trickles in for too long ends with 421 4.4.2, and nothing is sent', async () => {
    const given = await givenRelay({ data_timeout_ms: 150 });
    const client = await given.loggedIn();
    await client.startData();
    client.write('Subject: Hi\r\n\r\n');
    const trickle = setInterval(() => client.write('x'), 20);
    expect(await client.reply()).toMatch(/^421 4\.4\.2 /);
    clearInterval(trickle);
    await client.closed;
    expect(given.api.received).toEqual([]);
  });
});
