import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, inject, test } from 'vitest';

const { project } = inject('sdk');
const MOST_BYTES = 5_400;

const page = `
import { Koltrix } from 'koltrix';
await new Koltrix({ apiKey: prompt() }).emails.send({ from: 'a@b.example', to: ['c@d.example'], subject: 'Hi', body_text: 'Hi' });
`;

/** What a page loads at once: its own chunk and those that this one imports statically, minified. */
async function loadedBy(code: string): Promise<string[]> {
  const bundle = await rolldown({
    input: 'page',
    cwd: project,
    platform: 'browser',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === 'page' ? `${project}/page.js` : null),
        load: (id) => (id === `${project}/page.js` ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const chunks = new Map(output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file] as const] : [])));
  const seen = new Set(output.filter((file) => file.type === 'chunk' && file.isEntry).map(({ fileName }) => fileName));
  for (const name of seen) for (const other of chunks.get(name)?.imports ?? []) seen.add(other);
  return [...seen].map((name) => chunks.get(name)?.code ?? '');
}

const gzipped = (codes: string[]) => codes.reduce((sum, code) => sum + gzipSync(code, { level: 9 }).length, 0);

test(`a page that sends an email loads at most ${MOST_BYTES} bytes of Koltrix, gzipped`, async () => {
  const codes = await loadedBy(page);
  expect(codes.join('')).toContain('/emails');
  expect(gzipped(codes)).toBeLessThanOrEqual(MOST_BYTES);
});

test('what is not used is not loaded: verifying a webhook takes no client', async () => {
  const codes = await loadedBy(`import { verifyWebhook } from 'koltrix'; verifyWebhook('', {}, prompt());`);
  expect(codes.join('')).not.toContain('/emails');
  expect(gzipped(codes)).toBeLessThanOrEqual(2_000);
});
