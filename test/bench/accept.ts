import { runHttpLoad } from './load/http-load.ts';
import { CONNECTIONS, type LoadResult } from './load/load.ts';
import { emailJson } from './load/message.ts';
import { startCeiling } from './machine/ceiling.ts';
import { API_KEY, startKoltrix } from './machine/koltrix.ts';
import { measure } from './machine/measure.ts';
import { type BenchPostgres, startPostgres } from './machine/postgres.ts';
import { type BenchOptions, WARM_UP_SECONDS } from './options.ts';
import { besideCeiling, type Report, type Row, type Run, toRow } from './report/report.ts';

const PATH = '/api/v2/emails';

/** POST /emails: durable, authenticated, validated, idempotent, suppression-checked. */
export async function accept(options: BenchOptions): Promise<Report> {
  await using postgres = await startPostgres();
  const ceiling = await ofCeiling(
    'bare Express 5, JSON in and out (the ceiling)',
    new URL('ceilings/express.ts', import.meta.url),
    options,
  );
  const validated = await ofCeiling(
    'the same behind express-openapi-validator',
    new URL('ceilings/express-validated.ts', import.meta.url),
    options,
  );
  const runs = [
    await ofKoltrix('POST /emails with keys, role api', 'api', true, postgres, options),
    await ofKoltrix('POST /emails without keys, role api', 'api', false, postgres, options),
    await ofKoltrix('POST /emails with keys, all roles in one process', 'api,worker,relay', true, postgres, options),
  ];
  const client = options.tools.wrk ? 'wrk' : 'our own client';
  return {
    benchmark: 'accept',
    rows: [
      ceiling,
      validated,
      ...besideCeiling(
        ceiling,
        runs.map(({ row }) => row),
      ),
    ],
    notes: [
      `2 KB messages over ${CONNECTIONS} connections by ${client}; keys are idempotency keys, each another one`,
      'with role api alone no worker competes; with all roles the mail is delivered to the test inbox meanwhile',
    ],
    profiles: runs.flatMap(({ profiles }) => profiles),
  };
}

async function ofCeiling(name: string, script: URL, options: BenchOptions): Promise<Row> {
  options.say(name);
  await using server = await startCeiling(script);
  const post = load(`http://127.0.0.1:${server.port}${PATH}`, true, options);
  await post(WARM_UP_SECONDS);
  const { result, cost } = await measure({ processes: [server] }, () => post(options.seconds));
  return toRow(name, result, cost);
}

async function ofKoltrix(
  name: string,
  roles: string,
  keyed: boolean,
  postgres: BenchPostgres,
  options: BenchOptions,
): Promise<Run> {
  options.say(name);
  const env = { DATABASE_URL: await postgres.freshDatabase() };
  await using server = await startKoltrix({ name, roles, profile: options.profile, env });
  const post = load(`${server.http_url}${PATH}`, keyed, options);
  const warm_up = await post(WARM_UP_SECONDS);
  const { result, cost, span } = await measure({ processes: [server], postgres }, () => post(options.seconds));
  const profiles = await server.stop(span);
  await postgres.expectEmails(warm_up.count + result.count);
  return { row: toRow(name, result, cost), profiles };
}

function load(url: string, keyed: boolean, { tools, signal }: BenchOptions): (seconds: number) => Promise<LoadResult> {
  return (seconds) => runHttpLoad(tools, { url, api_key: API_KEY, keyed, seconds, template: emailJson, signal });
}
