import type { Contract } from './document.ts';
import { breakingChanges } from './operations.ts';
import { announcing, compareVersions } from './version.ts';

export interface Verdict {
  passes: boolean;
  /** For the person who reads the log. */
  lines: string[];
}

/** Whether the version of the contract announces what breaks callers of the last released one. */
export function verdict(released: readonly Contract[], current: Contract): Verdict {
  const last = released.toSorted((a, b) => compareVersions(a.info.version, b.info.version)).at(-1);
  if (!last) return { passes: true, lines: ['No contract has been released yet.'] };
  const [was, is] = [last.info.version, current.info.version];
  if (compareVersions(is, was) < 0)
    return { passes: false, lines: [`The contract is ${is}, but ${was} has been released.`] };
  const changes = [...breakingChanges(last, current)];
  if (changes.length === 0) return { passes: true, lines: [`The contract breaks nothing that ${was} promised.`] };
  const said = changes.map(({ kind, place, detail }) => `  ${kind}: ${place}: ${detail}`);
  const wanted = announcing(was);
  if (compareVersions(is, wanted) >= 0)
    return { passes: true, lines: [`${is} announces what breaks callers of ${was}:`, ...said] };
  return {
    passes: false,
    lines: [
      `The contract breaks callers of ${was}, and its version ${is} does not say so:`,
      ...said,
      `Take the change back, or set info.version in spec/openapi.yaml to ${wanted} or higher.`,
    ],
  };
}
