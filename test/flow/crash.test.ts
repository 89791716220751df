import { expect, test } from 'vitest';
import { account, faultsIn } from '../support/account.ts';
import { givenDatabase } from '../support/database.ts';
import { startLoad } from '../support/load.ts';
import { givenServer } from '../support/server.ts';
import { startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';
import { letFirstTenantSend } from '../support/verified-domain.ts';

test('kill -9 of api and worker, again and again under load, loses nothing and doubles nothing that has a key', {
  timeout: 90_000,
}, async () => {
  await using database = await givenDatabase();
  // Slow enough that a kill meets conversations under way.
  await using smarthost = await startSmarthost({
    behave: ({ stage }) => (stage === 'message' ? { say: '250 2.0.0 Taken', after_ms: 150 } : undefined),
  });
  const env = { KOLTRIX_DELIVERY: smarthost.url, KOLTRIX_LEASE_SECONDS: '3' };
  await using api = await givenServer({ roles: 'api', database, env });
  await using worker = await givenServer({ roles: 'worker', database, env });
  await using relay = await givenServer({ roles: 'relay', env: { KOLTRIX_API_URL: api.url } });

  await letFirstTenantSend(database.db);
  const load = startLoad({ urls: [api.url], smtp_port: relay.smtp_port, key: api.key });
  const more = (count: number) => {
    const enough = load.accepted.size + count;
    return until(() => load.accepted.size >= enough, { timeout_ms: 30_000 });
  };
  await more(100);
  await api.now.kill('SIGKILL');
  await api.restart();
  await more(100);
  await worker.now.kill('SIGKILL');
  await more(100);
  await Promise.all([api.now.kill('SIGKILL'), worker.restart()]);
  await api.restart();
  await more(100);
  await Promise.all([api.now.kill('SIGKILL'), worker.now.kill('SIGKILL')]);
  await Promise.all([api.restart(), worker.restart()]);
  await more(100);
  await load.stop();

  expect(load.faults).toEqual([]);
  const messages = await account(database.db, smarthost.received);
  expect(faultsIn(messages, load.accepted)).toEqual([]);
  expect(new Set(messages.map(({ email_id }) => email_id)).size).toBe(load.email_ids.size);
  // Otherwise no kill has met anything under way, and the test has shown nothing.
  expect(messages.some(({ begun, certain }) => begun > certain)).toBe(true);
});
