import { corpusReport } from '../../server/inbound/corpus.test-support.ts';
import { returnPath } from '../../server/mail/return-path.ts';
import { createTokens } from '../../server/mail/token.ts';
import { preload } from './load/preload.ts';
import { REPORT_CONNECTIONS, type ReportMail, runReports } from './load/report-load.ts';
import { startCeiling } from './machine/ceiling.ts';
import { API_KEY, SECRET, startKoltrix } from './machine/koltrix.ts';
import { measure } from './machine/measure.ts';
import { freePort } from './machine/ports.ts';
import { type BenchPostgres, startPostgres } from './machine/postgres.ts';
import type { BenchOptions } from './options.ts';
import { besideCeiling, type Report, toRow } from './report/report.ts';

const BOUNCE_DOMAIN = 'bounces.bench.example';
/** Of all reports, those that warm the servers up. */
const WARM_UP = 1 / 5;

/** Delivery reports a second: each read, matched to its message, kept, and followed by an event and a suppression. */
export async function inbound(options: BenchOptions): Promise<Report> {
  const { profile, signal, say } = options;
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const reports = await givenReports(postgres, options);
  const first = Math.floor(reports.length * WARM_UP);

  const ceiling = 'smtp-server that drops the report (the ceiling)';
  say(ceiling);
  const bare = stack.use(await startCeiling(new URL('ceilings/smtp-drop.ts', import.meta.url)));
  const drop = { port: bare.port, api_key: API_KEY, signal };
  await runReports(drop, reports.slice(0, first));
  const dropped = await measure({ processes: [bare] }, () => runReports(drop, reports.slice(first)));
  const top = toRow(ceiling, dropped.result, dropped.cost);

  const name = 'delivery reports, role inbound';
  say(name);
  const port = await freePort();
  const env = {
    DATABASE_URL: postgres.url(),
    KOLTRIX_BOUNCE_DOMAIN: BOUNCE_DOMAIN,
    KOLTRIX_INBOUND_PORT: String(port),
  };
  const server = stack.use(await startKoltrix({ name, roles: 'inbound', profile, env }));
  const listener = { port, signal };
  await runReports(listener, reports.slice(0, first));
  const { result, cost, span } = await measure({ processes: [server], postgres }, () =>
    runReports(listener, reports.slice(first)),
  );
  await expectSuppressions(postgres, reports.length);
  return {
    benchmark: 'inbound',
    rows: [top, ...besideCeiling(top, [toRow(name, result, cost)])],
    notes: [
      `reports of Postfix, each on a message of its own, over ${REPORT_CONNECTIONS} connections from addresses that change, for an address has its limits; answered once its message has bounced`,
    ],
    profiles: await server.stop(span),
  };
}

/** Reports on messages that have been sent, one on each. */
async function givenReports(postgres: BenchPostgres, { emails, signal, say }: BenchOptions): Promise<ReportMail[]> {
  say(`filling a database with ${emails} sent messages`);
  const env = { DATABASE_URL: await postgres.freshDatabase() };
  await using api = await startKoltrix({ name: 'api', roles: 'api', profile: false, env });
  await preload({ url: api.http_url, api_key: API_KEY, emails, signal });
  const { ids } = await postgres.query<{ ids: string[] }>(
    `with sent as (update outbound_messages set status = 'sent', due_at = null, attempt = 1 returning id)
     select array_agg(id::text) as ids from sent`,
  );
  const tokens = createTokens(SECRET);
  const reports: ReportMail[] = [];
  // One after the other: each opens a file, of which a process may have but so many.
  for (const message_id of ids) {
    const return_path = returnPath(tokens, message_id, BOUNCE_DOMAIN);
    const source = await corpusReport('postfix-unknown-user', { message_id, return_path });
    reports.push({ to: return_path, source: source.toString('latin1') });
  }
  return reports;
}

async function expectSuppressions(postgres: BenchPostgres, reports: number): Promise<void> {
  const { count } = await postgres.query<{ count: number }>('select count(*)::integer as count from suppressions');
  if (count < reports) throw new Error(`${reports} reports were taken but ${count} addresses are suppressed`);
}
