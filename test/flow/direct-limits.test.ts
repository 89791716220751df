import { afterEach, describe, expect, test } from 'vitest';
import { rows } from '../support/database.ts';
import { givenDirect, givenInternet, givenSender, type Internet, type Sender } from '../support/direct.ts';
import type { Installation } from '../support/koltrix.ts';
import type { Smarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

interface World {
  internet: Internet;
  koltrix: Installation;
  sender: Sender;
}

async function given(env: Record<string, string> = {}): Promise<World> {
  const internet = stack.use(await givenInternet());
  const koltrix = stack.use(await givenDirect(internet, { env }));
  return { internet, koltrix, sender: await givenSender(koltrix, internet) };
}

/** One message to each of these addresses, 500 emails a request. */
async function sendMany({ koltrix, from }: Sender, to: string[], changes: object = {}): Promise<void> {
  for (let at = 0; at < to.length; at += 500) {
    const emails = to
      .slice(at, at + 500)
      .map((address) => ({ from, to: [address], subject: 'Hello', body_text: 'Hello', ...changes }));
    await koltrix.emails.sendBatch({ emails });
  }
}

const numbered = (count: number, domain: string) => Array.from({ length: count }, (_, i) => `ada${i}@${domain}`);
const received = (mx: Smarthost, count: number) =>
  until(() => mx.received.length >= count, { timeout_ms: 60_000, every_ms: 50 });

describe('a set of mail servers', () => {
  test('gets five connections whatever domain the mail is for, and fifty messages on each', async () => {
    const { internet, sender } = await given();
    const mx = await internet.mx({ names: ['mx.host.example'] });
    const domains = Array.from({ length: 10 }, (_, i) => `hosted${i}.example`);
    for (const domain of domains) internet.dns.publish(domain, { MX: [{ priority: 5, exchange: 'mx.host.example' }] });
    mx.behave = ({ stage }) => (stage === 'message' ? { say: '250 2.0.0 Ok', after_ms: 2 } : undefined);
    await sendMany(
      sender,
      domains.flatMap((domain) => numbered(60, domain)),
    );
    await received(mx, 600);
    // One that is just hanging up may still be seen when the next one comes.
    expect(mx.most_open).toBeLessThanOrEqual(6);
    const carried = Map.groupBy(mx.received, (m) => m.connection);
    expect(Math.max(...[...carried.values()].map((list) => list.length))).toBeLessThanOrEqual(50);
  });

  test('that the operator’s table names gets what it says there', async () => {
    const table = {
      default: { connections: 2, messages_per_connection: 3 },
      receivers: [{ name: 'big', mx: ['*.big.example'], connections: 1, messages_per_connection: 100 }],
    };
    const { internet, sender } = await given({ KOLTRIX_RECEIVERS_FILE: await fileWith(JSON.stringify(table)) });
    const [big, small] = [
      await internet.mx({ names: ['a.b.big.example'], domains: ['big-customer.example'] }),
      await internet.mx({ domains: ['small.example'] }),
    ];
    await sendMany(sender, [...numbered(20, 'big-customer.example'), ...numbered(12, 'small.example')]);
    await received(big, 20);
    await received(small, 12);
    expect(big.connections).toBe(1);
    expect(small.most_open).toBeLessThanOrEqual(3);
    expect(small.connections).toBeGreaterThanOrEqual(4);
  });

  test('that asks for less gets less: fewer connections after a pause, and nothing is lost', async () => {
    const { internet, sender } = await given();
    const mx = await internet.mx({ domains: ['touchy.example'] });
    let refusals = 0;
    const refused = Promise.withResolvers<void>();
    mx.behave = ({ stage, taken }) => {
      // Nobody is done before somebody has been one too many.
      if (stage === 'message') return { say: '250 2.0.0 Ok', after: refused.promise, after_ms: 20 };
      if (stage !== 'MAIL' || taken || mx.open <= 3) return undefined;
      refusals++;
      refused.resolve();
      return { say: '421 4.7.0 Too much from you, slow down', and: 'close' };
    };
    const id = await sender.send(numbered(40, 'touchy.example'));
    await until(() => refusals > 0 && mx.received.length > 10);
    await sendMany(sender, numbered(25, 'touchy.example'));
    await received(mx, 40);
    // Two at once, and one now and then when more is tried again; not one for each message.
    expect(refusals).toBeLessThanOrEqual(8);
    const { messages } = await sender.koltrix.emails.get(id);
    expect(messages.map((m) => m.status).filter((status) => status !== 'delivered' && status !== 'queued')).toEqual([]);
  });
});

describe('a dead domain with thousands of queued messages', () => {
  test('does not slow the others down', async () => {
    const { internet, koltrix, sender } = await given();
    await koltrix.stopWorker();
    internet.dns.publish('mx.dead.example', { A: [internet.nobody()] });
    internet.dns.publish('dead.example', { MX: [{ priority: 1, exchange: 'mx.dead.example' }] });
    const mx = await internet.mx({ domains: ['alive.example'] });
    await sendMany(sender, numbered(5_000, 'dead.example'));
    await sendMany(sender, numbered(50, 'alive.example'));
    await koltrix.startWorker();
    await received(mx, 50);
    // All of the dead domain's wait for later, and few were tried at all.
    await until(
      async () => {
        const [waiting] = await rows<{ count: number }>(
          koltrix.database.db,
          `select count(*)::int as count from outbound_messages
            where status = 'queued' and leased_by is null and due_at > now() + interval '30 seconds'`,
        );
        return (waiting?.count ?? 0) > 4_900;
      },
      { timeout_ms: 60_000, every_ms: 200 },
    );
    const triesOf = async () =>
      (await rows<{ count: number }>(koltrix.database.db, 'select count(*)::int as count from attempts'))[0]?.count;
    expect(await triesOf()).toBeLessThan(300);
    // Later mail finds the way free as well.
    await sendMany(sender, ['late@alive.example']);
    await received(mx, 51);
    expect(await triesOf()).toBeLessThan(300);
  }, 180_000);

  test('that swallows every packet does not either', async () => {
    const { internet, koltrix, sender } = await given();
    await koltrix.stopWorker();
    // It takes connections and says nothing, for longer than we wait.
    const mute = await internet.mx({
      domains: ['mute.example'],
      behave: ({ stage }) => (stage === 'connect' ? { after: new Promise(() => {}) } : undefined),
    });
    const mx = await internet.mx({ domains: ['alive.example'] });
    await sendMany(sender, numbered(3_000, 'mute.example'));
    await sendMany(sender, numbered(50, 'alive.example'));
    await koltrix.startWorker();
    await received(mx, 50);
    // Not one of the mute server's connections has been given up by then.
    expect(mute.open).toBe(mute.connections);
    expect(mute.most_open).toBeLessThanOrEqual(5);
    mute.hangUp();
  }, 120_000);
});

describe('the queue', () => {
  test('gives another tenant’s single message its turn within seconds of a flood of 10,000', async () => {
    const { internet, koltrix, sender: flood } = await given();
    const mx = await internet.mx({ domains: ['busy.example'] });
    await internet.mx({ domains: ['calm.example'] });
    mx.behave = ({ stage }) => (stage === 'message' ? { say: '250 2.0.0 Ok', after_ms: 50 } : undefined);
    const other = await givenSender(koltrix, internet);
    await sendMany(flood, numbered(10_000, 'busy.example'));
    await until(() => mx.received.length > 20);
    for (const domain of ['calm.example', 'busy.example']) {
      const before = mx.received.length;
      await other.settled(await other.send([`eve@${domain}`]));
      // Three seconds' worth of what five connections carry, however slow the machine is.
      expect(mx.received.length - before, domain).toBeLessThan(300);
    }
  }, 180_000);

  test('sends what somebody waits for before bulk mail that was there first', async () => {
    const { internet, koltrix, sender } = await given({ KOLTRIX_SMTP_CONNECTIONS: '5' });
    await koltrix.stopWorker();
    const mx = await internet.mx({ domains: ['news.example'] });
    mx.behave = ({ stage }) => (stage === 'message' ? { say: '250 2.0.0 Ok', after_ms: 10 } : undefined);
    await sendMany(sender, numbered(1_500, 'news.example'), { bulk: true, subject: 'News' });
    await sendMany(sender, numbered(30, 'news.example'), { subject: 'Your code' });
    await koltrix.startWorker();
    const isCode = (m: { message: Buffer }) => m.message.includes('Subject: Your code');
    await until(() => mx.received.filter(isCode).length === 30, { timeout_ms: 30_000 });
    expect(mx.received.filter((m) => !isCode(m)).length).toBeLessThan(100);
    await received(mx, 200);
  }, 60_000);
});

async function fileWith(text: string): Promise<string> {
  const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const directory = await mkdtemp(join(tmpdir(), 'koltrix-receivers-'));
  stack.defer(() => rm(directory, { recursive: true }));
  const file = join(directory, 'receivers.json');
  await writeFile(file, text);
  return file;
}
