/** Each row is loaded this long before it is measured, so that code is compiled and caches are filled. */
export const WARM_UP_SECONDS = 3;

/** What one benchmark is told by `run.ts`. */
export interface BenchOptions {
  /** How long each row is measured; the warm-up before it is not counted. */
  seconds: number;
  /** How many emails the deliver benchmark drains in each row. */
  emails: number;
  /** Servers run under Node's CPU profiler, which costs them some speed. */
  profile: boolean;
  signal: AbortSignal;
  /** Progress, for the person who waits. */
  say(line: string): void;
}

export const benchmarks = ['accept', 'relay', 'deliver'] as const;
export type BenchmarkName = (typeof benchmarks)[number];

/** Words after `npm run bench --`. Throws with a sentence when one is not understood. */
export function readArguments(words: readonly string[]): {
  names: readonly BenchmarkName[];
  seconds: number;
  emails: number;
  profile: boolean;
} {
  const names: BenchmarkName[] = [];
  let seconds = 10;
  let emails = 20_000;
  let profile = false;
  for (const word of words) {
    const name = benchmarks.find((known) => known === word);
    const [flag, value] = word.split('=');
    if (name) names.push(name);
    else if (word === '--profile') profile = true;
    else if (flag === '--seconds') seconds = wholeNumber(word, value, 1, 600);
    else if (flag === '--emails') emails = wholeNumber(word, value, 500, 1_000_000);
    else throw new Error(`${word} is none of ${benchmarks.join(', ')}, --profile, --seconds=10, --emails=20000`);
  }
  return { names: names.length ? names : benchmarks, seconds, emails, profile };
}

function wholeNumber(word: string, text: string | undefined, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${word}: give a whole number from ${least} to ${most}`);
}
