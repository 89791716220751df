import { CONNECTIONS } from './load/load.ts';
import { runSmtpLoad } from './load/smtp-load.ts';
import { startCeiling } from './machine/ceiling.ts';
import { API_KEY, type KoltrixProcess, startKoltrix } from './machine/koltrix.ts';
import { measure } from './machine/measure.ts';
import { type BenchPostgres, startPostgres } from './machine/postgres.ts';
import type { Profile } from './machine/profile.ts';
import { type BenchOptions, WARM_UP_SECONDS } from './options.ts';
import { besideCeiling, type Report, type Row, type Run, toRow } from './report/report.ts';

/** As many as Postfix' smtp-source is mostly told to open; and those of the accept benchmark, to compare with it. */
const FEW = 20;
const MANY = CONNECTIONS;
/** A message passes through more code than one of the other benchmarks: after 3 s it still costs half as much again. */
const KOLTRIX_WARM_UP_SECONDS = 10;

/** SMTP in: AUTH once, then messages whose 250 means committed. */
export async function relay(options: BenchOptions): Promise<Report> {
  await using postgres = await startPostgres();
  const ceiling = await ofCeiling(options);
  const runs = [
    await inOneProcess(postgres, options),
    await apart(postgres, options, FEW),
    await apart(postgres, options, MANY),
  ];
  return {
    benchmark: 'relay',
    rows: [
      ceiling,
      ...besideCeiling(
        ceiling,
        runs.map(({ row }) => row),
      ),
    ],
    notes: [
      `2 KB messages over ${FEW} connections (or ${MANY}) by one client of our own with AUTH and pipelining; latency is from MAIL to the final 250`,
      'no worker runs; of two processes the memory is the relay’s and the CPU time is of both',
    ],
    profiles: runs.flatMap(({ profiles }) => profiles),
  };
}

async function ofCeiling({ seconds, signal, say }: BenchOptions): Promise<Row> {
  const name = 'smtp-server that drops the message (the ceiling)';
  say(name);
  await using server = await startCeiling(new URL('ceilings/smtp-drop.ts', import.meta.url));
  const target = { port: server.port, api_key: API_KEY, connections: FEW, signal };
  await runSmtpLoad({ ...target, seconds: WARM_UP_SECONDS });
  const { result, cost } = await measure({ processes: [server] }, () => runSmtpLoad({ ...target, seconds }));
  return toRow(name, result, cost);
}

async function inOneProcess(postgres: BenchPostgres, options: BenchOptions): Promise<Run> {
  const name = 'SMTP to 250, relay and api in one process';
  const env = { DATABASE_URL: await postgres.freshDatabase() };
  await using both = await startKoltrix({ name, roles: 'api,relay', profile: options.profile, env });
  return await ofKoltrix(name, { port: both.smtp_port, connections: FEW }, [both], postgres, options);
}

async function apart(postgres: BenchPostgres, options: BenchOptions, connections: number): Promise<Run> {
  const name = `SMTP to 250, in two processes, ${connections} connections`;
  const { profile } = options;
  const env = { DATABASE_URL: await postgres.freshDatabase() };
  await using api = await startKoltrix({ name, roles: 'api', profile, env });
  await using edge = await startKoltrix({ name, roles: 'relay', profile, env: { KOLTRIX_API_URL: api.http_url } });
  return await ofKoltrix(name, { port: edge.smtp_port, connections }, [edge, api], postgres, options);
}

/** Memory is that of the first process: the relay's when it is alone. */
async function ofKoltrix(
  name: string,
  at: { port: number; connections: number },
  processes: KoltrixProcess[],
  postgres: BenchPostgres,
  { seconds, signal, say }: BenchOptions,
): Promise<Run> {
  say(name);
  const target = { ...at, api_key: API_KEY, signal };
  const warm_up = await runSmtpLoad({ ...target, seconds: KOLTRIX_WARM_UP_SECONDS });
  const { result, cost, span } = await measure({ processes, postgres }, () => runSmtpLoad({ ...target, seconds }));
  const profiles: Profile[] = [];
  for (const server of processes) profiles.push(...(await server.stop(span)));
  await postgres.expectEmails(warm_up.count + result.count);
  return { row: toRow(name, result, cost), profiles };
}
