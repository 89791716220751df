import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Koltrix } from 'koltrix';
import { createTokens } from '../../server/mail/token.ts';
import { createTrackingLinks } from '../../server/mail/tracking/links.ts';
import { readId } from '../../server/store/ids.ts';
import { CONNECTIONS } from './load/load.ts';
import { runVisits } from './load/wrk.ts';
import { startCeiling } from './machine/ceiling.ts';
import { API_KEY, SECRET, startKoltrix } from './machine/koltrix.ts';
import { measure } from './machine/measure.ts';
import { startPostgres } from './machine/postgres.ts';
import { type BenchOptions, WARM_UP_SECONDS } from './options.ts';
import { besideCeiling, type Report, toRow } from './report/report.ts';

const BATCHES = 10;
const BATCH = 500;

/** Opens a second: each is verified, counted, written with its event, and answered with an image. Wants wrk. */
export async function track(options: BenchOptions): Promise<Report> {
  const { tools, seconds, profile, signal, say } = options;
  if (!tools.wrk) throw new Error('track wants wrk, which loads by a list of addresses');
  const { wrk } = tools;
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const folder = await mkdtemp(join(tmpdir(), 'koltrix-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'paths');
  const name = 'opens, role api';
  const server = stack.use(
    await startKoltrix({ name, roles: 'api', profile, env: { DATABASE_URL: await postgres.freshDatabase() } }),
  );
  await writeFile(file, (await pathsOf(server.http_url)).join('\n'));

  say('bare Express 5, the image alone (the ceiling)');
  const bare = stack.use(await startCeiling(new URL('ceilings/image.ts', import.meta.url)));
  const visit = (url: string, span: number) => runVisits(wrk, { url, file, seconds: span, signal });
  await visit(`http://127.0.0.1:${bare.port}`, WARM_UP_SECONDS);
  const ceiling = await measure({ processes: [bare] }, () => visit(`http://127.0.0.1:${bare.port}`, seconds));
  const top = toRow('bare Express 5, the image alone (the ceiling)', ceiling.result, ceiling.cost);

  say(name);
  await visit(server.http_url, WARM_UP_SECONDS);
  const { result, cost, span } = await measure({ processes: [server], postgres }, () =>
    visit(server.http_url, seconds),
  );
  return {
    benchmark: 'track',
    rows: [top, ...besideCeiling(top, [toRow(name, result, cost)])],
    notes: [
      `the images of ${BATCHES * BATCH} messages in turn over ${CONNECTIONS} connections by wrk; answered once they are written`,
    ],
    profiles: await server.stop(span),
  };
}

/** The image's path of each of some thousand messages. */
async function pathsOf(http_url: string): Promise<string[]> {
  const koltrix = new Koltrix({ apiKey: API_KEY, baseUrl: http_url });
  const links = createTrackingLinks(createTokens(SECRET));
  const paths: string[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const emails = Array.from({ length: BATCH }, (_, i) => ({
      from: 'hello@acme.example',
      to: [`user${batch}-${i}@example.com`],
      subject: 'News',
      body_text: 'News',
    }));
    const { data } = await koltrix.emails.sendBatch({ emails });
    for (const { messages } of data) {
      for (const { id } of messages) paths.push(links.open('', readId('msg', id) as string));
    }
  }
  return paths;
}
