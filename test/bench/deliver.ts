import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDatabase } from '../../server/store/database.ts';
import { letFirstTenantSend } from '../support/verified-domain.ts';
import type { LoadResult } from './load/load.ts';
import { preload } from './load/preload.ts';
import { API_KEY, SECRET, startKoltrix } from './machine/koltrix.ts';
import { measure } from './machine/measure.ts';
import { type BenchPostgres, startPostgres } from './machine/postgres.ts';
import type { BenchOptions } from './options.ts';
import { besideCeiling, type Report, type Row, type Run, toRow } from './report/report.ts';
import { type Sink, startSink } from './sink/index.ts';

/** The server's default (KOLTRIX_SMTP_CONNECTIONS). */
const CONNECTIONS = 20;
/** The first messages find cold code and closed connections. */
const WARM_UP_SHARE = 0.2;
const LOOK_EVERY_MS = 20;
/** Without a single message for this long the run has failed. */
const PATIENCE_MS = 30_000;
const CEILING = fileURLToPath(new URL('ceilings/ready-message.ts', import.meta.url));

/** What a worker hands to the next server out of a full queue: leased, composed, signed by DKIM, sent, settled. */
export async function deliver(options: BenchOptions): Promise<Report> {
  await using postgres = await startPostgres();
  const ceiling = await ofCeiling(options);
  const run = await ofKoltrix(postgres, options);
  return {
    benchmark: 'deliver',
    rows: [ceiling, ...besideCeiling(ceiling, [run.row])],
    notes: [
      `${options.emails.toLocaleString('en')} emails of 2 KB, queued beforehand, over ${CONNECTIONS} connections to ${options.tools.smtp_sink ? 'smtp-sink' : 'our own sink'}; the first ${WARM_UP_SHARE * 100} % only warm up`,
      'latencies of role worker are the attempts’ own, in whole ms, the wait for a free connection included; of the ceiling, MAIL to the final 250',
    ],
    profiles: run.profiles,
  };
}

async function ofCeiling({ emails, tools, signal, say }: BenchOptions): Promise<Row> {
  const name = 'nodemailer’s SMTP client, a ready message (the ceiling)';
  say(name);
  await using sink = await startSink(tools);
  const numbers = [sink.port, emails, Math.ceil(emails * WARM_UP_SHARE), CONNECTIONS].map(String);
  const client = () => promisify(execFile)(process.execPath, [CEILING, ...numbers], { signal });
  const { result: ended, cost } = await measure({ processes: [] }, client);
  const { cpu_us, ...result }: LoadResult & { cpu_us: number } = JSON.parse(ended.stdout);
  return toRow(name, result, { ...cost, cpu_us });
}

async function ofKoltrix(postgres: BenchPostgres, options: BenchOptions): Promise<Run> {
  const name = 'queue to the next server, role worker';
  const { emails, tools, signal, profile, say } = options;
  await using sink = await startSink(tools);
  const env = { DATABASE_URL: await postgres.freshDatabase(), KOLTRIX_DELIVERY: `smtp://127.0.0.1:${sink.port}` };
  say(`${name}: filling the queue`);
  {
    await using api = await startKoltrix({ name, roles: 'api', profile: false, env });
    await using db = openDatabase({
      connection: { connectionString: env.DATABASE_URL },
      pool_size: 1,
      onIdleError: () => {},
    });
    await letFirstTenantSend(db, SECRET);
    await preload({ url: api.http_url, api_key: API_KEY, emails, signal });
  }
  say(name);
  await using worker = await startKoltrix({ name, roles: 'worker', profile, env });
  const watched = { processes: [worker], postgres };
  const { result: rate, cost, span } = await measure(watched, () => drained(sink, emails, signal));
  const profiles = await worker.stop(span);
  const { sent, p50_ms, p99_ms } = await outcome(postgres);
  if (sent !== emails) throw new Error(`of ${emails} emails ${sent} were recorded as sent`);
  return { row: toRow(name, { count: emails, rate, p50_ms, p99_ms }, cost), profiles };
}

/** Resolves with the rate at the sink, from the end of the warm-up to the last message. */
async function drained(sink: Sink, total: number, signal: AbortSignal): Promise<number> {
  let [from, from_ms]: [number | undefined, number] = [undefined, 0];
  let [seen, seen_ms] = [0, performance.now()];
  for (;;) {
    const [taken, now_ms] = [sink.taken(), performance.now()];
    if (taken > seen) [seen, seen_ms] = [taken, now_ms];
    if (from === undefined && taken >= total * WARM_UP_SHARE) [from, from_ms] = [taken, now_ms];
    if (from !== undefined && taken >= total) return (taken - from) / ((now_ms - from_ms) / 1_000);
    if (now_ms - seen_ms > PATIENCE_MS) throw new Error(`the worker has stopped at ${taken} of ${total} emails`);
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** What the database says once the worker has stopped. */
function outcome(postgres: BenchPostgres): Promise<{ sent: number; p50_ms: number; p99_ms: number }> {
  return postgres.query(`
    select (select count(*)::integer from outbound_messages where status = 'sent') as sent,
           percentile_disc(0.5) within group (order by duration_ms) as p50_ms,
           percentile_disc(0.99) within group (order by duration_ms) as p99_ms
      from attempts`);
}
