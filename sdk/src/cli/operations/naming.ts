import type { OperationCommand } from '../operation-command.ts';

/** What a command is called, the usual word first. */
type Names = readonly [name: string, ...aliases: string[]];

/** The words of this command line, where they are not the contract's; the contract's are understood as well. */
const words: Record<string, string> = { create: 'add', get: 'show', delete: 'remove' };

/**
 * The names of one resource's commands: `get` is `show`, `listDeliveries` is `deliveries`, `rotateDkim` is `rotate` where
 * nothing else is rotated.
 */
export function namesOf({ verb }: OperationCommand, all: readonly OperationCommand[]): Names {
  const [first = '', ...rest] = kebab(verb).split('-');
  if (!rest.length) return words[first] ? [words[first], first] : [first];
  if (first === 'list' || first === 'get') return [rest.join('-')];
  const isOnly = all.filter((other) => kebab(other.verb).split('-')[0] === first).length === 1;
  return isOnly ? [first, kebab(verb)] : [kebab(verb)];
}

export const kebab = (name: string) =>
  name.replaceAll(/[A-Z_]/g, (letter) => `-${letter.replace('_', '').toLowerCase()}`);
