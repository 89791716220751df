import { expect, test } from 'vitest';
import { account, faultsIn } from '../support/account.ts';
import { givenDatabase, rows, type TestDatabase } from '../support/database.ts';
import { holdTable } from '../support/held-table.ts';
import { startLoad } from '../support/load.ts';
import { givenServer } from '../support/server.ts';
import { type Act, type Step, startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';
import { letFirstTenantSend } from '../support/verified-domain.ts';

test('kill -9 of api and worker, again and again under load, loses nothing and doubles nothing that has a key', {
  timeout: 180_000,
}, async () => {
  await using database = await givenDatabase();
  const answers = heldAnswers();
  await using smarthost = await startSmarthost({ behave: answers.behave });
  const env = { KOLTRIX_DELIVERY: smarthost.url, KOLTRIX_LEASE_SECONDS: '3' };
  await using api = await givenServer({ roles: 'api', database, env });
  await using worker = await givenServer({ roles: 'worker', database, env });
  await using relay = await givenServer({ roles: 'relay', env: { KOLTRIX_API_URL: api.url } });

  await letFirstTenantSend(database.db);
  await using load = startLoad({ urls: [api.url], smtp_port: relay.smtp_port, key: api.key });
  const more = (count: number) => {
    const enough = load.accepted.size + count;
    return until(() => load.accepted.size >= enough, { timeout_ms: 60_000 });
  };
  const killApi = async (meanwhile?: () => Promise<unknown>) => {
    await using held = await holdTable(database, 'emails');
    await until(() => isWaiting(database, 'emails'));
    await Promise.all([api.now.kill('SIGKILL'), meanwhile?.()]);
    // Postgres finishes what it was told: committed, and nobody is left who could say so.
    await held.release();
  };
  const meetConversations = () => {
    answers.hold();
    return until(() => answers.unanswered.size >= 3);
  };

  await more(100);
  await killApi();
  await api.restart();
  await more(100);
  await meetConversations();
  await worker.now.kill('SIGKILL');
  const cut_off = answers.release();
  await more(100);
  await Promise.all([killApi(), worker.restart()]);
  await api.restart();
  await more(100);
  await meetConversations();
  await killApi(() => worker.now.kill('SIGKILL'));
  const cut_off_again = answers.release();
  await Promise.all([api.restart(), worker.restart()]);
  await more(100);
  await load.stop();

  expect(load.faults).toEqual([]);
  const messages = await account(database.db, smarthost.received);
  expect(faultsIn(messages, load.accepted)).toEqual([]);
  expect(new Set(messages.map(({ email_id }) => email_id)).size).toBe(load.email_ids.size);
  // Both sides of a conversation that a kill has met: nothing on record of how it ended, and a second copy.
  const met = messages.filter(({ recipient }) => cut_off.has(recipient) || cut_off_again.has(recipient));
  expect(met.length).toBeGreaterThanOrEqual(6);
  expect(met.filter(({ begun, certain, copies }) => begun === certain || copies === 1)).toEqual([]);
});

/** A server that takes messages, and says so when it is let. */
function heldAnswers() {
  const unanswered = new Set<string>();
  let gate: PromiseWithResolvers<void> | undefined;
  return {
    unanswered,
    behave({ stage, recipient }: Step): Act | undefined {
      if (stage !== 'message' || !gate) return undefined;
      unanswered.add(recipient);
      return { say: '250 2.0.0 Taken', after: gate.promise };
    },
    hold() {
      gate = Promise.withResolvers();
    },
    /** Says it; whose messages were waiting. */
    release(): Set<string> {
      const waited = new Set(unanswered);
      unanswered.clear();
      gate?.resolve();
      gate = undefined;
      return waited;
    },
  };
}

/** Whether somebody stands in the middle of a commit, before this table. */
async function isWaiting({ db }: TestDatabase, table: string): Promise<boolean> {
  const before = `select from pg_locks where not granted and relation = $1::regclass
    and database = (select oid from pg_database where datname = current_database())`;
  return (await rows(db, before, [table])).length > 0;
}
