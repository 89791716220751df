import { afterEach, describe, expect, test } from 'vitest';
import { type Act, type Smarthost, type SmarthostOptions, startSmarthost } from '../../test/support/smarthost.ts';
import { until } from '../../test/support/until.ts';
import { mail } from './pool.test-support.ts';
import { destinationOf } from './route.ts';
import { createTransport } from './transport.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

async function given(options: SmarthostOptions = {}) {
  const smarthost = await startSmarthost(options);
  const clock = { ahead_ms: 0 };
  const transport = createTransport({
    helo_name: 'mail.koltrix.test',
    unreachable_s: 120,
    now: () => new Date(Date.now() + clock.ahead_ms),
  });
  opened.push(smarthost, transport);
  const server = { host: '127.0.0.1', port: smarthost.port, secure: false, auth: undefined };
  const send = () => transport.send(destinationOf(server, 5), mail);
  return { smarthost, transport, clock, server, send, away: () => transport.awayUntil(destinationOf(server, 5)) };
}

const unused = async () => {
  const smarthost: Smarthost = await startSmarthost();
  await smarthost[Symbol.asyncDispose]();
  return smarthost.port;
};

test('a conversation tells who was spoken to, how it ended and how long it took', async () => {
  const { send } = await given();
  expect(await send()).toMatchObject({
    outcome: 'accepted',
    host: '127.0.0.1',
    remote_address: '127.0.0.1',
    source_address: '127.0.0.1',
    tls: null,
    reply: { smtp_code: 250, enhanced_code: '2.0.0', text: '250 2.0.0 Queued as 4711' },
    duration_ms: expect.any(Number),
  });
});

describe('a host that is not reached', () => {
  test.each<[string, SmarthostOptions['behave'], RegExp]>([
    ['that hangs up at once', ({ stage }) => (stage === 'connect' ? { and: 'close' } : undefined), /closed/],
    ['that greets with 421', ({ stage }) => (stage === 'connect' ? '421 4.3.2 Closing' : undefined), /421 4\.3\.2/],
    ['that greets with 554', ({ stage }) => (stage === 'connect' ? '554 5.7.1 No' : undefined), /554 5\.7\.1/],
    ['that greets with nonsense', ({ stage }) => (stage === 'connect' ? 'SSH-2.0-OpenSSH' : undefined), /SSH/],
    ['that hangs up at EHLO', ({ stage }) => (stage === 'EHLO' ? { and: 'close' } : undefined), /closed/],
    [
      'that refuses EHLO and HELO',
      ({ stage }) => (stage === 'EHLO' || stage === 'HELO' ? '550 5.7.1 Bad name' : undefined),
      /550 5\.7\.1/,
    ],
    ['that hangs up at MAIL', ({ stage }) => (stage === 'MAIL' ? { and: 'close' } : undefined), /closed/],
  ])('%s is left alone for two minutes', async (_name, behave, text) => {
    const { send, away, clock, smarthost } = await given(behave && { behave });
    const { outcome, reply } = await send();
    expect(outcome).toBe('unreachable');
    expect(reply.text).toMatch(text);
    const wait_ms = (away()?.getTime() ?? 0) - Date.now();
    expect(wait_ms).toBeGreaterThan(100_000);
    expect(wait_ms).toBeLessThanOrEqual(120_000);
    clock.ahead_ms = 121_000;
    expect(away()).toBeUndefined();
    smarthost.behave = () => undefined;
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(away()).toBeUndefined();
  });

  test('is told in words when nobody listens', async () => {
    const { transport } = await given();
    const server = { host: '127.0.0.1', port: await unused(), secure: false, auth: undefined };
    const { outcome, reply } = await transport.send(destinationOf(server, 5), mail);
    expect(outcome).toBe('unreachable');
    expect(reply).toMatchObject({ smtp_code: null, text: expect.stringContaining('ECONNREFUSED') });
  });

  test('does not stand for another port, user or kind of TLS of the same host', async () => {
    const { transport, server, send, smarthost } = await given({
      behave: ({ stage }) => (stage === 'connect' ? '421 No' : undefined),
    });
    await send();
    expect(transport.awayUntil(destinationOf(server, 5))).toBeDefined();
    expect(transport.awayUntil(destinationOf({ ...server, port: smarthost.port + 1 }, 5))).toBeUndefined();
    expect(transport.awayUntil(destinationOf({ ...server, auth: { user: 'a', pass: 'b' } }, 5))).toBeUndefined();
    expect(transport.awayUntil(destinationOf({ ...server, secure: true }, 5))).toBeUndefined();
  });
});

describe('a server that answers is not away', () => {
  test.each(['451 4.3.0 Later', '550 5.1.1 Nobody', '421 4.7.0 Slow down'])('with %s', async (reply) => {
    const { send, away } = await given({ behave: ({ stage }) => (stage === 'RCPT' ? reply : undefined) });
    expect(await send()).toMatchObject({ outcome: 'refused', reply: { text: reply } });
    expect(away()).toBeUndefined();
  });

  test.each<[string, Act]>([
    ['without a word', { and: 'close' }],
    ['with 421', { say: '421 4.7.0 Too many messages in this session', and: 'close' }],
  ])('when it ends a session that has carried a message, %s', async (_name, act) => {
    const { send, away, smarthost } = await given({
      behave: ({ stage, taken }) => (stage === 'MAIL' && taken === 1 ? act : undefined),
    });
    for (let i = 0; i < 3; i++) expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(away()).toBeUndefined();
    expect(smarthost.received.map((m) => m.connection)).toEqual([1, 2, 3]);
  });

  test('when it ends an idle connection', async () => {
    const { send, smarthost } = await given({
      behave: ({ stage }) =>
        stage === 'message' ? { say: '250 Ok\n421 4.4.2 Idle for too long', and: 'close' } : undefined,
    });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    await until(() => smarthost.open === 0);
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });
});

test('STARTTLS that breaks is told as such', async () => {
  const { send } = await given({
    extensions: ['STARTTLS'],
    behave: ({ stage }) => (stage === 'STARTTLS' ? { say: '220 Go ahead\nthis is no TLS', and: 'close' } : undefined),
  });
  expect(await send()).toMatchObject({ outcome: 'unreachable', reply: { smtp_code: null } });
});
