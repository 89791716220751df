import { type Command, InvalidArgumentError, Option } from 'commander';
import { misuse } from './failure.ts';

/** How much of a list is wanted. */
export interface ListOptions {
  limit: number;
  all?: boolean;
}

const LARGEST_PAGE = 100;

/** Adds `--limit` and `--all`. */
export function withListOptions(command: Command): Command {
  return command
    .addOption(new Option('-n, --limit <count>', 'how many to print').default(25).argParser(count))
    .addOption(new Option('-a, --all', 'print all there are').conflicts('limit'));
}

/** The items that were asked for, of as many pages as they take. */
export async function* wanted<T>(
  { limit, all }: ListOptions,
  list: (page: { limit: number }) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  let left = all ? Number.POSITIVE_INFINITY : limit;
  for await (const item of list({ limit: Math.min(left, LARGEST_PAGE) })) {
    yield item;
    if (--left === 0) return;
  }
}

/** `Array.fromAsync`, which Node 20 lacks. */
export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A whole number from 1 on. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}

/** `name=value` options as an object. */
export function pairsIn(list: readonly string[] | undefined, flag: string): Record<string, string> | undefined {
  return objectOf(list, /^([^=]+)=(.*)$/s, `${flag} wants name=value`);
}

/** `Name: value` options as an object. */
export function headersIn(list: readonly string[] | undefined, flag: string): Record<string, string> | undefined {
  // A token of RFC 9110, and no second line that would be a header of its own.
  return objectOf(list, /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/, `${flag} wants name: value on one line`);
}

function objectOf(
  list: readonly string[] | undefined,
  form: RegExp,
  wanted: string,
): Record<string, string> | undefined {
  const entries = list?.map((text) => {
    const [, name, value] = form.exec(text) ?? [];
    if (name === undefined || value === undefined) throw misuse(`${wanted}, not ${text}`);
    return [name, value] as const;
  });
  return entries && Object.fromEntries(entries);
}
