import type { Tools } from './tools.ts';

/** Each row is loaded this long before it is measured, so that code is compiled and caches are filled. */
export const WARM_UP_SECONDS = 3;

export const benchmarks = ['accept', 'relay', 'deliver', 'sign', 'track', 'inbound'] as const;
export type BenchmarkName = (typeof benchmarks)[number];

/** What the command line chooses. */
export interface Choice {
  names: readonly BenchmarkName[];
  /** How long each row is measured; the warm-up before it is not counted. */
  seconds: number;
  /** How many emails the deliver benchmark drains in each row, and how many reports the inbound benchmark brings. */
  emails: number;
  /** Servers run under Node's CPU profiler, which costs them speed and memory. */
  profile: boolean;
  /** Load generator and sink of our own even where better ones are installed, so that two machines compare. */
  own_tools: boolean;
}

/** What one benchmark is told by `run.ts`. */
export interface BenchOptions extends Pick<Choice, 'seconds' | 'emails' | 'profile'> {
  tools: Tools;
  signal: AbortSignal;
  /** Progress, for the person who waits. */
  say(line: string): void;
}

/** Reads the words after `npm run bench --`. Throws with a sentence when one is not understood. */
export function readArguments(words: readonly string[]): Choice {
  const names: BenchmarkName[] = [];
  const choice = { seconds: 10, emails: 20_000, profile: false, own_tools: false };
  for (const word of words) {
    const name = benchmarks.find((known) => known === word);
    const [flag, value] = word.split('=');
    if (name) names.push(name);
    else if (word === '--profile') choice.profile = true;
    else if (word === '--own-tools') choice.own_tools = true;
    else if (flag === '--seconds') choice.seconds = wholeNumber(word, value, 1, 600);
    else if (flag === '--emails') choice.emails = wholeNumber(word, value, 500, 1_000_000);
    else
      throw new Error(
        `${word} is none of ${benchmarks.join(', ')}, --profile, --own-tools, --seconds=10, --emails=20000`,
      );
  }
  return { names: names.length ? names : benchmarks, ...choice };
}

function wholeNumber(word: string, text: string | undefined, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${word}: give a whole number from ${least} to ${most}`);
}
