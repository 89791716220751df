import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Span } from './measure.ts';

/** Where one process spent its main thread's time. */
export interface Profile {
  /** Whose it is. */
  name: string;
  /** Share of the span in which the main thread worked at all, from 0 to 1. */
  busy: number;
  /** Functions by their own time, most first; shares are of the busy time. */
  functions: { share: number; name: string; place: string }[];
  /** The same by package or folder of ours. */
  parts: { share: number; part: string }[];
}

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
  startTime: number;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const IDLE = new Set(['(idle)', '(root)']);

/** Reads the one profile of a directory, cut to the span. Throws when the process has left none. */
export async function readProfile(directory: string, name: string, span: Span): Promise<Profile> {
  const files = (await readdir(directory).catch(() => [])).filter((file) => file.endsWith('.cpuprofile'));
  if (!files[0]) throw new Error(`${name} has left no CPU profile`);
  return summarise(name, JSON.parse(await readFile(join(directory, files[0]), 'utf8')), span);
}

function summarise(name: string, { nodes, samples, timeDeltas, startTime }: CpuProfile, span: Span): Profile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, { self_us: number; name: string; place: string }>();
  const parts = new Map<string, number>();
  let [at_us, busy_us, idle_us] = [startTime, 0, 0];
  for (const [index, id] of samples.entries()) {
    const self_us = timeDeltas[index] ?? 0;
    at_us += self_us;
    if (at_us < span.from_us || at_us > span.to_us) continue;
    const { functionName = '', url = '' } = frames.get(id) ?? {};
    if (IDLE.has(functionName)) {
      idle_us += self_us;
      continue;
    }
    busy_us += self_us;
    const place = placeOf(url);
    const entry = functions.get(`${functionName} ${place}`) ?? {
      self_us: 0,
      name: functionName || '(anonymous)',
      place,
    };
    entry.self_us += self_us;
    functions.set(`${functionName} ${place}`, entry);
    const part = url ? partOf(place) : functionName;
    parts.set(part, (parts.get(part) ?? 0) + self_us);
  }
  return {
    name,
    busy: busy_us / (busy_us + idle_us || 1),
    functions: [...functions.values()]
      .sort((a, b) => b.self_us - a.self_us)
      .map(({ self_us, ...rest }) => ({ share: self_us / busy_us, ...rest })),
    parts: [...parts].sort(([, a], [, b]) => b - a).map(([part, self_us]) => ({ share: self_us / busy_us, part })),
  };
}

/** Files of the project by their path in it, those of packages from the package's name on. */
function placeOf(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = relative(ROOT, fileURLToPath(url));
  return path.slice(path.lastIndexOf('node_modules/') + 1).replace(/^ode_modules\//, '');
}

/** `pg/lib/client.js` → `pg`, `server/http/app.ts` → `server/http`, `node:net` → `node:net`. */
function partOf(place: string): string {
  if (place.startsWith('node:')) return place.split('/').slice(0, 2).join('/');
  const [first = '', second = ''] = place.split('/');
  return first.startsWith('@') || first === 'server' ? `${first}/${second}` : first;
}
