import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { readProfile } from './profile.ts';

const ROOT = join(import.meta.dirname, '../../..');
const url = (path: string) => pathToFileURL(join(ROOT, path)).href;

async function givenProfile() {
  const directory = await mkdtemp(join(tmpdir(), 'koltrix-bench-test-'));
  const frames = [
    { functionName: '(idle)', url: '' },
    { functionName: 'accept', url: url('server/accept/accept.ts') },
    { functionName: 'accept', url: url('server/accept/accept.ts') },
    { functionName: 'query', url: url('node_modules/pg/lib/client.js') },
  ];
  const profile = {
    nodes: frames.map((callFrame, at) => ({ id: at + 1, callFrame })),
    // The first sample lies before the span of the test, the last behind it.
    samples: [4, 2, 3, 4, 1, 4],
    timeDeltas: [1_000, 1_000, 1_000, 1_000, 1_000, 1_000],
    startTime: 0,
  };
  await writeFile(join(directory, 'a.cpuprofile'), JSON.stringify(profile));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

test('a profile adds up functions within the span, and what they belong to', async () => {
  await using given = await givenProfile();
  const profile = await readProfile(given.directory, 'api', { from_us: 1_500, to_us: 5_500 });
  expect(profile.busy).toBe(0.75);
  expect(profile.functions).toEqual([
    { share: 2 / 3, name: 'accept', place: 'server/accept/accept.ts' },
    { share: 1 / 3, name: 'query', place: 'pg/lib/client.js' },
  ]);
  expect(profile.parts).toEqual([
    { share: 2 / 3, part: 'server/accept' },
    { share: 1 / 3, part: 'pg' },
  ]);
});

test('a process that has left no profile is named', async () => {
  await expect(readProfile('/nowhere', 'api', { from_us: 0, to_us: 1 })).rejects.toThrow('api has left no CPU profile');
});
