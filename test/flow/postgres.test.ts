import { describe, expect, test } from 'vitest';
import { Refusal } from '../../server/errors/refusal.ts';
import { account, faultsIn } from '../support/account.ts';
import { givenCluster } from '../support/cluster.ts';
import { givenDatabase, rows } from '../support/database.ts';
import { followEvents } from '../support/follow.ts';
import { startLoad } from '../support/load.ts';
import { givenServer } from '../support/server.ts';
import { startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';
import { letFirstTenantSend } from '../support/verified-domain.ts';

const body = JSON.stringify({
  from: 'hello@acme.example',
  to: ['probe@example.test'],
  subject: 'Probe',
  body_text: 'x',
});

describe.concurrent.each(['fast', 'crash'] as const)('a Postgres that is restarted in mid-traffic (%s)', (how) => {
  test('costs a wait: nothing is lost, nothing is doubled, and everything recovers by itself', {
    timeout: 180_000,
  }, async () => {
    await using cluster = await givenCluster();
    await using smarthost = await startSmarthost();
    const env = { KOLTRIX_DELIVERY: smarthost.url, KOLTRIX_LEASE_SECONDS: '15' };
    await using server = await givenServer({ database: cluster, env });
    await letFirstTenantSend(cluster.db);
    const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' };
    const { pid } = server.now;
    const stream = await followEvents(server);
    await using load = startLoad({ urls: [server.url], smtp_port: server.smtp_port, key: server.key });
    // The simulator's addresses go through the inbox, which keeps its mail in the same database.
    const address = (name: string) => `delivered+${name}@simulator.test`;
    await using simulated = startLoad({ urls: [server.url], key: server.key, lanes: 1, address });
    await until(() => load.accepted.size > 200, { timeout_ms: 60_000 });

    await cluster.stop(how);
    let probes = 0;
    const away = await until(async () => {
      probes++;
      const answer = await fetch(`${server.url}/api/v2/emails`, { method: 'POST', headers, body });
      return answer.status === 202 ? undefined : answer;
    });
    expect(away.status).toBe(503);
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await away.json()).toMatchObject({ code: 'unavailable', retryable: true });
    const listed = await fetch(`${server.url}/api/v2/emails`, { headers });
    expect(listed.status).toBe(503);
    await cluster.start();

    const enough = load.accepted.size + 200;
    await until(() => load.accepted.size > enough, { timeout_ms: 60_000 });
    await Promise.all([load.stop(), simulated.stop()]);
    expect([...load.faults, ...simulated.faults]).toEqual([]);
    const messages = await account(cluster.db, smarthost.received);
    const ours = messages.filter(({ recipient }) => load.accepted.has(recipient));
    expect(faultsIn(ours, load.accepted)).toEqual([]);
    expect(ours.filter(({ copies }) => copies > 1)).toEqual([]);
    const kept = await rows<{ rcpt_to: string }>(cluster.db, 'select rcpt_to from captured_messages');
    expect(kept.map(({ rcpt_to }) => rcpt_to).sort()).toEqual([...simulated.accepted].sort());
    expect(messages.length - ours.length - kept.length).toBeLessThanOrEqual(probes);

    const expected = new Set([...load.accepted, ...simulated.accepted]);
    const sent = () => stream.events.filter(({ type, data }) => type === 'email.sent' && expected.has(data.recipient));
    await until(() => sent().length >= expected.size, { timeout_ms: 60_000 });
    expect(new Set(stream.events.map(({ id }) => id)).size).toBe(stream.events.length);
    expect(new Set(sent().map(({ data }) => data.recipient))).toEqual(expected);
    expect(server.now.pid).toBe(pid);
    await stream.stop();
  });
});

describe('a connection that breaks in mid-transaction', () => {
  test('fails the transaction as "unavailable", not the process', async () => {
    await using database = await givenDatabase();
    const { db } = database;
    const broken = db.transaction(async (tx) => {
      const { rows: found } = await tx.query<{ pid: number }>({
        name: '',
        text: 'select pg_backend_pid() as pid',
        values: [],
      });
      await rows(db, 'select pg_terminate_backend($1)', [found[0]?.pid]);
      // Idle in the transaction when the news comes.
      await until(
        async () =>
          (await rows(db, 'select 1 as one from pg_stat_activity where pid = $1', [found[0]?.pid])).length === 0,
      );
      await tx.query({ name: '', text: 'select 1', values: [] });
    });
    await expect(broken).rejects.toThrow(Refusal);
    await expect(broken).rejects.toMatchObject({ code: 'unavailable' });
    expect(
      await db.transaction(async (tx) => (await tx.query({ name: '', text: 'select 1', values: [] })).rowCount),
    ).toBe(1);
  });
});
