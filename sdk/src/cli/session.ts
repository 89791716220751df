import type { Command } from 'commander';
import { isKoltrixError, Koltrix, type KoltrixOptions } from '../index.ts';
import { misuse } from './failure.ts';
import { jsonLine } from './text.ts';
import type { World } from './world.ts';

/** Where the SDK looks when nobody says anything else. */
export const DEFAULT_BASE_URL = 'http://127.0.0.1:8025';

/** The options that every command takes. */
export interface SharedOptions {
  baseUrl?: string;
  key?: string;
  json?: boolean;
}

/** What a command works with. */
export interface Session extends World {
  /** Whether the output is for programs: one JSON value a line. */
  json: boolean;
  /** A client. Fails, as wrong usage, when there is no key or no sensible address. */
  connect(options?: KoltrixOptions): Koltrix;
  /** Where the deployment is and the key to it. Fails as `connect` does when there is no key. */
  deployment(): { key: string; base_url: string };
  /** Prints a result: as a line of JSON, or as the text for people. */
  show(value: unknown, text: () => string): void;
  /** Says something to people, beside the result. Programs are not told. */
  note(text: string): void;
}

export function sessionFor(world: World, options: SharedOptions): Session {
  const { out, err, environment } = world;
  const json = options.json === true;
  const deployment = () => {
    const key = options.key ?? environment.key;
    if (!key) throw misuse('There is no API key.', 'Set KOLTRIX_KEY to a key of your Koltrix, kx_….');
    return { key, base_url: options.baseUrl ?? environment.base_url ?? DEFAULT_BASE_URL };
  };
  return {
    ...world,
    json,
    connect: (more) => {
      const { key, base_url } = deployment();
      try {
        return new Koltrix({ apiKey: key, baseUrl: base_url, ...more });
      } catch (error) {
        if (isKoltrixError(error)) throw misuse(error.message, 'Look at --base-url, --key and the environment.');
        throw error;
      }
    },
    deployment,
    show: (value, text) => out.line(json ? jsonLine(value) : text()),
    note: (text) => {
      if (!json) err.line(text);
    },
  };
}

type Work<Args extends unknown[]> = (session: Session, ...args: Args) => Promise<void> | void;

/**
 * Turns what a command does into the action that commander calls: with the command's arguments, each a string or
 * undefined or strings, then its options.
 */
export type Act = <Args extends unknown[]>(work: Work<Args>) => (...given: [...Args, Command]) => Promise<void>;

export const actIn =
  (world: World): Act =>
  <Args extends unknown[]>(work: Work<Args>) =>
  async (...given: [...Args, Command]) => {
    const command = given.at(-1) as Command;
    const args = given.slice(0, -1) as Args;
    await work(sessionFor(world, command.optsWithGlobals<SharedOptions>()), ...args);
  };
