import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import { givenRelay } from './support/given.ts';

const message =
  'From: app@acme.test\r\nTo: nobody@example.test\r\nBcc: ghost@example.test\r\nSubject: Hi\r\n\r\nHello\r\n';

describe('the greeting', () => {
  test('offers what the contract lists', async () => {
    const client = await (await givenRelay()).client();
    const offered = (await client.command('EHLO client.test')).split('\n').map((line) => line.slice(4));
    expect(offered.slice(1).sort()).toEqual([
      '8BITMIME',
      'AUTH PLAIN LOGIN',
      'DSN',
      'ENHANCEDSTATUSCODES',
      'PIPELINING',
      'SIZE 26214400',
      'SMTPUTF8',
      'STARTTLS',
    ]);
  });

  test('waits for EHLO before anything else', async () => {
    const client = await (await givenRelay()).client();
    expect(await client.command('MAIL FROM:<app@acme.test>')).toMatch(/^503 5\.5\.1 /);
  });
});

describe('AUTH', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64');

  test('PLAIN takes the API key as the password and any user name', async () => {
    const given = await givenRelay();
    expect(await (await given.client()).logIn()).toMatch(/^235 2\.7\.0 /);
  });

  test('PLAIN works without an initial response', async () => {
    const client = await (await givenRelay()).client();
    await client.command('EHLO client.test');
    expect(await client.command('AUTH PLAIN')).toMatch(/^334/);
    expect(await client.command(encode('\0any\0kx_send'))).toMatch(/^235 /);
  });

  test('LOGIN asks for user name and password in turn', async () => {
    const client = await (await givenRelay()).client();
    await client.command('EHLO client.test');
    expect(await client.command('AUTH LOGIN')).toBe(`334 ${encode('Username:')}`);
    expect(await client.command(encode('any'))).toBe(`334 ${encode('Password:')}`);
    expect(await client.command(encode('kx_send'))).toMatch(/^235 /);
  });

  test('refuses an unknown key with 535 5.7.8, and logs nothing of it', async () => {
    const given = await givenRelay();
    expect(await (await given.client()).logIn('kx_wrong')).toMatch(/^535 5\.7\.8 /);
    expect(given.logged.join('\n')).not.toContain('kx_');
  });

  test('refuses what cannot be an API key without asking the API', async () => {
    const given = await givenRelay();
    expect(await (await given.client()).logIn('kx\r\nX-Injected: 1')).toMatch(/^535 5\.7\.8 /);
    expect(given.api.lookUps).toBe(0);
  });

  test('refuses a key that may only read, and says which scope is wanted', async () => {
    const given = await givenRelay();
    given.api.keys.set('kx_read', 'read');
    expect(await (await given.client()).logIn('kx_read')).toMatch(/^535 5\.7\.8 .*"send" or "full"/);
  });

  test.each(['unavailable', 'internal-error', 'rate-limited'] as const)('answers 454 4.7.0 to %s', async (code) => {
    const given = await givenRelay();
    given.api.keys.set('kx_send', code);
    expect(await (await given.client()).logIn()).toMatch(/^454 4\.7\.0 /);
  });

  test('answers 454 4.7.0 while the API is away, and 235 when it is back', async () => {
    const given = await givenRelay();
    await given.api.stop();
    const client = await given.client();
    expect(await client.logIn()).toMatch(/^454 4\.7\.0 /);
    await given.api.restart();
    expect(await client.logIn()).toMatch(/^235 /);
  });

  test('asks the API once for many connections at a time', async () => {
    const given = await givenRelay();
    await Promise.all(Array.from({ length: 20 }, () => given.loggedIn()));
    await given.loggedIn();
    expect(given.api.lookUps).toBe(1);
  });

  test('asks again once the moment of trust has passed', async () => {
    const given = await givenRelay({ auth_cache_ms: 0 });
    await given.loggedIn();
    given.api.keys.delete('kx_send');
    expect(await (await given.client()).logIn()).toMatch(/^535 /);
  });

  test('forgets a key that the API has refused at DATA', async () => {
    const given = await givenRelay({ auth_cache_ms: 60_000 });
    const client = await given.loggedIn();
    given.api.keys.delete('kx_send');
    await client.startData();
    expect(await client.command(`${message}.`)).toMatch(/^535 5\.7\.8 /);
    expect(await (await given.client()).logIn()).toMatch(/^535 /);
  });

  test('is needed before MAIL', async () => {
    const client = await (await givenRelay()).client();
    await client.command('EHLO client.test');
    expect(await client.command('MAIL FROM:<app@acme.test>')).toMatch(/^530 5\.7\.0 Authentication required/);
  });
});

describe('a message', () => {
  test('goes to the API with its envelope, byte for byte, and is answered with the id', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData(['ada@example.test', 'bob@example.test']);
    expect(await client.command(`${message}..dot\r\n.`)).toBe('250 2.0.0 Accepted em_1');
    expect(given.api.received).toEqual([
      {
        body: `${message}.dot\r\n`,
        mail_from: 'app@acme.test',
        rcpt_to: ['ada@example.test', 'bob@example.test'],
        source: 'smtp',
        key: 'kx_send',
        idempotency_key: expect.stringMatching(/^.{16,}$/),
        content_type: 'message/rfc822',
      },
    ]);
  });

  test('may be followed by another on the same connection', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    for (const id of ['em_1', 'em_2', 'em_3']) {
      await client.startData();
      expect(await client.command(`${message}.`)).toBe(`250 2.0.0 Accepted ${id}`);
    }
  });

  test('arrives from nodemailer over STARTTLS', async () => {
    const given = await givenRelay();
    const transport = createTransport({
      host: '127.0.0.1',
      port: given.relay.port,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: 'any', pass: 'kx_send' },
    });
    const sent = await transport.sendMail({ from: 'app@acme.test', to: 'ada@example.test', subject: 'Hi', text: 'é' });
    expect(sent.response).toBe('250 2.0.0 Accepted em_1');
    expect(given.api.received[0]).toMatchObject({ mail_from: 'app@acme.test', rcpt_to: ['ada@example.test'] });
  });

  test('may be pipelined, its end and the next MAIL in one packet', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    const envelope = 'MAIL FROM:<app@acme.test>\r\nRCPT TO:<ada@example.test>\r\nDATA\r\n';
    client.write(envelope);
    for (const code of ['250 2.1.0', '250 2.1.5', '354']) expect(await client.reply()).toContain(code);
    client.write(`${message}.\r\n${envelope}`);
    for (const code of ['250 2.0.0', '250 2.1.0', '250 2.1.5', '354']) expect(await client.reply()).toContain(code);
    expect(await client.command(`${message}.`)).toBe('250 2.0.0 Accepted em_2');
  });

  test('may have addresses in UTF-8', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.command('MAIL FROM:<jörg@bücher.test> SMTPUTF8');
    await client.command('RCPT TO:<ada@bücher.test>');
    await client.command('DATA');
    expect(await client.command(`${message}.`)).toMatch(/^250 /);
    expect(given.api.received[0]).toMatchObject({ mail_from: 'jörg@bücher.test', rcpt_to: ['ada@bücher.test'] });
  });

  test('may be empty', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    expect(await client.command('.')).toMatch(/^250 /);
    expect(given.api.received[0]?.body).toBe('');
  });

  test('that breaks off is never handed on', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.startData();
    client.write(message);
    client.socket.destroy();
    await client.closed;
    const other = await given.loggedIn();
    await other.startData();
    await other.command(`${message}.`);
    expect(given.api.received).toHaveLength(1);
  });
});

describe('the envelope', () => {
  test.each([
    ['MAIL FROM:<>', '550 5.7.1'],
    ['MAIL FROM:<app@acme.test> REQUIRETLS', '530 5.7.0'],
    ['MAIL FROM:<app>', '501 5.1.7'],
    ['MAIL FROM:<a\xff@acme.test>', '501 5.1.7'],
    ['MAIL FROM:<app@acme.test> RET=SOME', '501 5.5.4'],
    ['RCPT TO:<ada@example.test>', '503 5.5.1'],
    ['DATA', '503 5.5.1'],
    ['BDAT 5', '500 5.5.2'],
    ['XCLIENT ADDR=127.0.0.1', '500 5.5.2'],
  ])('answers %s with %s', async (command, code) => {
    const client = await (await givenRelay()).loggedIn();
    client.write(Buffer.from(`${command}\r\n`, 'latin1'));
    expect((await client.reply()).slice(0, 9)).toBe(code);
  });

  test.each(['<ada>', '<postmaster>', '<>', '<ada@example..test>', '<a\xff@example.test>'])(
    'refuses the recipient %s with 501 5.1.3',
    async (recipient) => {
      const client = await (await givenRelay()).loggedIn();
      await client.command('MAIL FROM:<app@acme.test>');
      client.write(Buffer.from(`RCPT TO:${recipient}\r\n`, 'latin1'));
      expect(await client.reply()).toMatch(/^501 5\.1\.3 /);
    },
  );

  test('takes the parameters of DSN', async () => {
    const client = await (await givenRelay()).loggedIn();
    expect(await client.command('MAIL FROM:<app@acme.test> RET=HDRS ENVID=q1')).toMatch(/^250 /);
    expect(await client.command('RCPT TO:<ada@example.test> NOTIFY=FAILURE ORCPT=rfc822;ada@example.test')).toMatch(
      /^250 /,
    );
  });

  test('answers 452 4.5.3 to the 51st recipient alone; the other fifty get their mail', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    await client.command('MAIL FROM:<app@acme.test>');
    for (let index = 1; index <= 50; index += 1) {
      expect(await client.command(`RCPT TO:<r${index}@example.test>`)).toMatch(/^250 2\.1\.5 /);
    }
    expect(await client.command('RCPT TO:<r51@example.test>')).toMatch(/^452 4\.5\.3 /);
    await client.command('DATA');
    expect(await client.command(`${message}.`)).toMatch(/^250 /);
    expect(given.api.received[0]?.rcpt_to).toHaveLength(50);
  });
});
