import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { EVERYTHING, type Smarthost, type SmarthostOptions, startSmarthost } from '../../test/support/smarthost.ts';
import { until } from '../../test/support/until.ts';
import { createPool, type Line, type OutgoingMail, type Pool, type PoolOptions } from './pool.ts';
import type { SmtpServer } from './route.ts';

const opened: { smarthost: Smarthost; pools: Pool[] }[] = [];
afterEach(async () => {
  for (const { smarthost, pools } of opened.splice(0)) {
    for (const pool of pools) pool.close();
    await smarthost[Symbol.asyncDispose]();
  }
});

async function given(
  options: SmarthostOptions = {},
  limits: Partial<PoolOptions> = {},
  server: Partial<SmtpServer> = {},
) {
  const smarthost = await startSmarthost(options);
  const pool = createPool(
    { host: '127.0.0.1', port: smarthost.port, secure: false, auth: undefined, ...server },
    { helo_name: 'mail.koltrix.test', max_connections: 2, max_messages_per_connection: 100, ...limits },
  );
  opened.push({ smarthost, pools: [pool] });
  const send = async (changes: Partial<OutgoingMail> = {}) => {
    const line = await pool.acquire();
    const result = await line.send({ ...mail, ...changes });
    pool.release(line, result.reusable);
    return result;
  };
  return { smarthost, pool, send };
}

const mail: OutgoingMail = {
  mail_from: 'hello@acme.example',
  rcpt_to: 'ada@example.test',
  message: Buffer.from('Subject: Hello\r\n\r\nHello there\r\n'),
  envelope_id: '0198a1b2-0000-7000-8000-000000000000',
};

describe('a connection', () => {
  test('carries many messages, and is closed with QUIT when it has carried its share', async () => {
    const { smarthost, send } = await given({}, { max_messages_per_connection: 3 });
    for (let i = 0; i < 4; i++) await send();
    expect(smarthost.received.map((m) => m.connection)).toEqual([1, 1, 1, 2]);
    await until(() => smarthost.commands.some((c) => c.connection === 1 && c.line === 'QUIT'));
  });

  test('is one of at most so many; the others wait for their turn', async () => {
    const { smarthost, send } = await given(
      { behave: ({ stage }) => (stage === 'message' ? { say: '250 Ok', after_ms: 20 } : undefined) },
      { max_connections: 2 },
    );
    await Promise.all(Array.from({ length: 12 }, () => send()));
    expect(smarthost.received).toHaveLength(12);
    expect(smarthost.most_open).toBe(2);
  });

  test('that is being closed for idleness is not handed out', async () => {
    const { smarthost, send } = await given({
      behave: ({ stage }) => (stage === 'QUIT' ? { say: '221 Bye', after_ms: 1_000 } : undefined),
    });
    await send();
    await until(() => smarthost.commands.some((c) => c.line === 'QUIT'));
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.received.map((m) => m.connection)).toEqual([1, 2]);
  });

  test('that cannot be opened is told to all who wait for one', async () => {
    const { pool } = await given({
      behave: ({ stage }) => (stage === 'connect' ? { after_ms: 50, then: 'close' } : undefined),
    });
    const tries = await Promise.race([
      Promise.allSettled(Array.from({ length: 10 }, () => pool.acquire())),
      sleep(5_000, 'some wait for ever' as const),
    ]);
    expect(tries).toHaveLength(10);
    expect((tries as PromiseSettledResult<Line>[]).every((t) => t.status === 'rejected')).toBe(true);
  });

  test('is opened anew for those who wait when another was refused', async () => {
    let refusals = 2;
    const { send } = await given({
      behave: ({ stage }) => (stage === 'connect' && refusals-- > 0 ? '421 4.3.2 Too busy' : undefined),
    });
    const tries = await Promise.race([
      Promise.allSettled(Array.from({ length: 6 }, () => send())),
      sleep(5_000, [] as PromiseSettledResult<unknown>[]),
    ]);
    expect(tries).toHaveLength(6);
  });
});

describe('a refusal', () => {
  test.each(['MAIL', 'RCPT', 'DATA', 'message'] as const)('at %s leaves the line ready for the next', async (stage) => {
    let refused = false;
    const { smarthost, send } = await given({
      behave(step) {
        if (step.stage !== stage || refused) return undefined;
        refused = true;
        return '550-5.1.1 Nobody here\n550 5.1.1 by that name';
      },
    });
    const first = await send();
    expect(first).toMatchObject({ outcome: 'refused', reusable: true });
    expect(first.response).toBe('550-5.1.1 Nobody here\n550 5.1.1 by that name');
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.connections).toBe(1);
  });

  test.each(['MAIL', 'RCPT', 'DATA', 'message'] as const)(
    'at %s after which the server hangs up is still that refusal',
    async (stage) => {
      const { send } = await given({
        extensions: ['DSN'],
        behave: (step) => (step.stage === stage ? { say: '554 5.7.1 Go away', then: 'close' } : undefined),
      });
      const result = await Promise.race([send(), sleep(5_000, 'never ended' as const)]);
      expect(result).toEqual({ outcome: 'refused', response: '554 5.7.1 Go away', reusable: false });
    },
  );

  test('whose RSET is answered by hanging up is still that refusal', async () => {
    const { send } = await given({
      behave({ stage }) {
        if (stage === 'RCPT') return '550 5.1.1 Nobody';
        return stage === 'RSET' ? { then: 'close' } : undefined;
      },
    });
    const result = await Promise.race([send(), sleep(5_000, 'never ended' as const)]);
    expect(result).toEqual({ outcome: 'refused', response: '550 5.1.1 Nobody', reusable: false });
  });

  test.each(['MAIL', 'RCPT', 'DATA', 'message'] as const)('of 421 at %s ends the line', async (stage) => {
    for (const extensions of [EVERYTHING, ['DSN']]) {
      const { send } = await given({
        extensions,
        behave: (step) => (step.stage === stage ? { say: '421 4.7.0 Slow down', then: 'close' } : undefined),
      });
      expect(await send()).toEqual({ outcome: 'refused', response: '421 4.7.0 Slow down', reusable: false });
    }
  });

  test('comes from the announced SIZE when the message is larger, and costs neither a command nor the line', async () => {
    const { smarthost, send } = await given({ extensions: ['SIZE 1000'] });
    const result = await send({ message: Buffer.alloc(2_000, 'a') });
    expect(result).toMatchObject({ outcome: 'refused', reusable: true });
    expect(result.response).toMatch(/^552 5\.3\.4 /);
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.connections).toBe(1);
  });

  test('comes from us when the address cannot be written in an envelope', async () => {
    const { send } = await given();
    const result = await send({ rcpt_to: '"a<b"@example.test' });
    expect(result).toMatchObject({ outcome: 'refused', reusable: true });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a connection that breaks', () => {
  test.each(['MAIL', 'RCPT', 'DATA'] as const)('at %s has not taken the message', async (stage) => {
    const { send } = await given({
      extensions: ['DSN'],
      behave: (step) => (step.stage === stage ? { then: 'close' } : undefined),
    });
    expect(await send()).toMatchObject({ outcome: 'unreachable', reusable: false });
  });

  test('after the final dot may have taken the message', async () => {
    for (const extensions of [EVERYTHING, []]) {
      const { send } = await given({
        extensions,
        behave: ({ stage }) => (stage === 'message' ? { then: 'close' } : undefined),
      });
      expect(await send()).toMatchObject({ outcome: 'uncertain', reusable: false });
    }
  });
});
