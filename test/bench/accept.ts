import { startCeiling } from './ceilings/index.ts';
import { httpClientName, type LoadResult, runHttpLoad } from './load/http-load.ts';
import { emailJson } from './load/message.ts';
import { API_KEY, startKoltrix } from './machine/koltrix.ts';
import { measure } from './machine/measure.ts';
import { type BenchPostgres, startPostgres } from './machine/postgres.ts';
import { type BenchOptions, WARM_UP_SECONDS } from './options.ts';
import { besideCeiling, type Report, type Row, type Run } from './report/report.ts';

const PATH = '/api/v2/emails';

/** POST /emails: durable, authenticated, validated, idempotent, suppression-checked. */
export async function accept(options: BenchOptions): Promise<Report> {
  await using postgres = await startPostgres();
  const ceiling = await ofCeiling('bare Express 5, JSON in and out (the ceiling)', 'express.ts', options);
  const validated = await ofCeiling('… behind express-openapi-validator', 'express-validated.ts', options);
  const alone = { roles: 'api', keyed: true };
  const runs = [
    await ofKoltrix('POST /emails, role api, idempotency keys', alone, postgres, options),
    await ofKoltrix('POST /emails, role api, no keys', { ...alone, keyed: false }, postgres, options),
    await ofKoltrix(
      'POST /emails, all roles in one process, keys',
      { ...alone, roles: 'api,worker,relay' },
      postgres,
      options,
    ),
  ];
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
      `2 KB messages over 64 connections by ${httpClientName}; load generator, server and Postgres share the machine`,
      'with role api alone no worker competes for the database; with all roles the mail is delivered to the test inbox meanwhile',
    ],
    profiles: runs.flatMap(({ profiles }) => profiles),
  };
}

async function ofCeiling(name: string, script: string, options: BenchOptions): Promise<Row> {
  options.say(name);
  await using server = await startCeiling(script);
  const post = load(`http://127.0.0.1:${server.port}${PATH}`, true, options);
  await post(WARM_UP_SECONDS);
  return { name, ...(await post(options.seconds)) };
}

async function ofKoltrix(
  name: string,
  { roles, keyed }: { roles: string; keyed: boolean },
  postgres: BenchPostgres,
  options: BenchOptions,
): Promise<Run> {
  options.say(name);
  const env = { DATABASE_URL: await postgres.freshDatabase() };
  await using server = await startKoltrix({ name, roles, profile: options.profile, env });
  const post = load(`${server.http_url}${PATH}`, keyed, options);
  await post(WARM_UP_SECONDS);
  const { result, peak_rss_mb, span } = await measure([server], () => post(options.seconds));
  return { row: { name, ...result, rss_mb: peak_rss_mb[0] ?? 0 }, profiles: await server.stop(span) };
}

function load(url: string, keyed: boolean, { signal }: BenchOptions): (seconds: number) => Promise<LoadResult> {
  return (seconds) => runHttpLoad({ url, api_key: API_KEY, keyed, seconds, template: emailJson, signal });
}
