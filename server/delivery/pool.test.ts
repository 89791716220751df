import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import type { Line } from './connection.ts';
import { closePools, givenPool, mail } from './pool.test-support.ts';

afterEach(closePools);

describe('a connection', () => {
  test('carries many messages, and is closed with QUIT when it has carried its share', async () => {
    const { smarthost, send } = await givenPool({}, { max_messages_per_connection: 3 });
    for (let i = 0; i < 4; i++) await send();
    expect(smarthost.received.map((m) => m.connection)).toEqual([1, 1, 1, 2]);
    await until(() => smarthost.commands.some((c) => c.connection === 1 && c.line === 'QUIT'));
  });

  test('is one of at most so many; the others wait for their turn', async () => {
    const { smarthost, send } = await givenPool(
      { behave: ({ stage }) => (stage === 'message' ? { say: '250 Ok', after_ms: 20 } : undefined) },
      { max_connections: 2 },
    );
    await Promise.all(Array.from({ length: 12 }, () => send()));
    expect(smarthost.received).toHaveLength(12);
    expect(smarthost.most_open).toBe(2);
  });

  test('that is being closed for idleness is not handed out', async () => {
    const { smarthost, send } = await givenPool({
      behave: ({ stage }) => (stage === 'QUIT' ? { say: '221 Bye', after_ms: 1_000 } : undefined),
    });
    await send();
    await until(() => smarthost.commands.some((c) => c.line === 'QUIT'));
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.received.map((m) => m.connection)).toEqual([1, 2]);
  });

  test('that cannot be opened is told to all who wait for one', async () => {
    const { pool } = await givenPool({
      behave: ({ stage }) => (stage === 'connect' ? { after_ms: 50, and: 'close' } : undefined),
    });
    const tries = await Promise.race([
      Promise.allSettled(Array.from({ length: 10 }, () => pool.acquire())),
      sleep(30_000, 'some wait for ever' as const),
    ]);
    expect(tries).toHaveLength(10);
    expect((tries as PromiseSettledResult<Line>[]).every((t) => t.status === 'rejected')).toBe(true);
  });

  test('is opened anew for those who wait when another was refused', async () => {
    let refusals = 2;
    const { send } = await givenPool({
      behave: ({ stage }) => (stage === 'connect' && refusals-- > 0 ? '421 4.3.2 Too busy' : undefined),
    });
    const tries = await Promise.race([
      Promise.allSettled(Array.from({ length: 6 }, () => send())),
      sleep(30_000, [] as PromiseSettledResult<unknown>[]),
    ]);
    expect(tries).toHaveLength(6);
  });
});

describe('a server that grants fewer connections than we would open', () => {
  test('gets all mail over those that it grants, and is not asked for more all the time', async () => {
    const { smarthost, send } = await givenPool(
      {
        behave: ({ stage }) =>
          stage === 'connect' && smarthost.open > 2 ? { say: '421 Enough', and: 'close' } : undefined,
      },
      { max_connections: 10 },
    );
    const results = await Promise.all(Array.from({ length: 40 }, () => send()));
    expect(results.filter((r) => r.outcome !== 'accepted')).toEqual([]);
    expect(smarthost.connections).toBeLessThanOrEqual(12);
  });
});

describe('a server that was away altogether', () => {
  test('is asked for as many connections as ever once it is back', async () => {
    let is_away = true;
    const { pool, smarthost } = await givenPool(
      { behave: ({ stage }) => (stage === 'connect' && is_away ? { and: 'close' } : undefined) },
      { max_connections: 3 },
    );
    const acquireAll = () => Promise.allSettled(Array.from({ length: 3 }, () => pool.acquire()));
    expect((await acquireAll()).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    is_away = false;
    const acquired = acquireAll();
    await until(() => smarthost.open === 3);
    expect((await acquired).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });
});

describe('a pool that is closed', () => {
  test('does not keep a connection that comes about only then', async () => {
    const { pool, smarthost } = await givenPool();
    const acquired = pool.acquire();
    pool.close();
    await expect(acquired).rejects.toThrow('the worker is stopping');
    await until(() => smarthost.commands.some(({ line }) => line.startsWith('EHLO')));
    const said = until(() => smarthost.commands.some(({ line }) => line === 'QUIT')).then(() => 'QUIT');
    // As an idle one it would stay for five seconds.
    expect(await Promise.race([said, sleep(4_000, 'nothing')])).toBe('QUIT');
  });
});

describe('a login', () => {
  const auth = { user: 'koltrix', pass: 's€cret:/@' };

  test.each(['PLAIN', 'LOGIN', 'LOGIN PLAIN'])('by %s carries the credentials', async (mechanisms) => {
    const { smarthost, send } = await givenPool({ extensions: [`AUTH ${mechanisms}`] }, {}, { auth });
    await send();
    expect(smarthost.received[0]?.login).toEqual(auth);
  });

  test('that is refused is the host’s problem, told in its words', async () => {
    const { pool } = await givenPool(
      {
        extensions: ['AUTH PLAIN'],
        behave: ({ stage }) => (stage === 'AUTH' ? '535 5.7.8 Wrong password' : undefined),
      },
      {},
      { auth },
    );
    await expect(pool.acquire()).rejects.toMatchObject({ response: '535 5.7.8 Wrong password' });
  });

  test('is not made where it is not offered', async () => {
    const { smarthost, pool } = await givenPool({ extensions: ['DSN'] }, {}, { auth });
    await expect(pool.acquire()).rejects.toThrow('does not offer AUTH');
    expect(smarthost.commands.filter((c) => c.line.startsWith('AUTH'))).toEqual([]);
  });

  test('is not made in the clear when STARTTLS was offered and then refused', async () => {
    const { smarthost, pool } = await givenPool(
      {
        extensions: ['STARTTLS', 'AUTH PLAIN'],
        behave: ({ stage }) => (stage === 'STARTTLS' ? '454 4.7.0 Not now' : undefined),
      },
      {},
      { auth },
    );
    await expect(pool.acquire()).rejects.toThrow('does not offer AUTH');
    expect(smarthost.commands.filter((c) => c.line.startsWith('AUTH'))).toEqual([]);
  });
});

describe('STARTTLS', () => {
  test('is used where it is offered, whoever vouches for the certificate', async () => {
    const { smarthost, send, pool } = await givenPool(
      { extensions: ['STARTTLS', 'AUTH PLAIN'] },
      {},
      { auth: { user: 'a', pass: 'b' } },
    );
    await send();
    expect(smarthost.received[0]).toMatchObject({ tls: true, login: { user: 'a', pass: 'b' } });
    expect(await pool.acquire()).toMatchObject({
      tls: { protocol: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/), verified: false, dane: false },
      messages: 1,
    });
  });

  test('that is refused leaves a plain line with what the server offers there', async () => {
    const { smarthost, send } = await givenPool({
      extensions: ['STARTTLS', 'DSN'],
      behave: ({ stage }) => (stage === 'STARTTLS' ? '454 4.7.0 Not now' : undefined),
    });
    await send();
    expect(smarthost.received[0]).toMatchObject({ tls: false, rcpt_parameters: expect.stringContaining('NOTIFY=') });
  });
});

describe('what is asked of a server', () => {
  test('is a delivery report by RFC 3461, the size and 8BITMIME where they are offered', async () => {
    const { smarthost, send } = await givenPool();
    const message = Buffer.from('Subject: Hello\r\n\r\nGrüße\r\n');
    await send({ message, rcpt_to: 'ada+x@example.test' });
    expect(smarthost.received[0]).toMatchObject({
      mail_parameters: `BODY=8BITMIME SIZE=${message.length} RET=HDRS ENVID=${mail.envelope_id}`,
      rcpt_parameters: 'NOTIFY=FAILURE,DELAY,SUCCESS ORCPT=rfc822;ada+2Bx@example.test',
    });
  });

  test('is nothing where nothing is offered', async () => {
    const { smarthost, send } = await givenPool({ extensions: [] });
    await send();
    expect(smarthost.received[0]).toMatchObject({ mail_parameters: '', rcpt_parameters: '' });
  });

  test('is nothing by HELO when EHLO is not known', async () => {
    const { smarthost, send } = await givenPool({
      behave: ({ stage }) => (stage === 'EHLO' ? '502 5.5.1 What?' : undefined),
    });
    await send();
    expect(smarthost.received[0]).toMatchObject({ mail_parameters: '', rcpt_parameters: '' });
  });
});

test('a message arrives byte for byte, lines that start with dots included', async () => {
  const { smarthost, send } = await givenPool();
  const message = Buffer.from('Subject: Dots\r\n\r\n.\r\n..two\r\n.one\r\nlatin \xe9\r\n', 'latin1');
  await send({ message });
  expect(smarthost.received[0]?.message).toEqual(message);
});
