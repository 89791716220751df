import { Command } from 'commander';
import { operationCommands } from '../generated/commands.gen.ts';
import type { OperationCommand } from '../operation-command.ts';
import type { Act } from '../session.ts';
import { commandFor } from './command.ts';
import { namesOf } from './naming.ts';

/** Have commands of their own, which fit them better. */
const BY_HAND = ['emails', 'events', 'test-messages'];

/** Where the contract's word is long. */
const shortNames: Record<string, string> = { 'api-keys': 'keys' };

const descriptions: Record<string, string> = {
  recipients: 'what is known of an address: why does it get no mail?',
  reports: 'what came back: bounces, complaints and other reports',
  'api-keys': 'the keys of this account',
  'idempotency-keys': 'what an idempotency key stands for',
};

/** Adds what the contract has and no command of ours: to the groups that are there, and in groups of their own. */
export function addOperations(program: Command, act: Act): void {
  const tags = [...new Set(operationCommands.map(({ tag }) => tag))].filter((tag) => !BY_HAND.includes(tag));
  for (const tag of tags) {
    const all = operationCommands.filter((spec) => spec.tag === tag);
    const name = shortNames[tag] ?? tag;
    const known = program.commands.find((command) => command.name() === name);
    const group = known ?? new Command(name).description(descriptions[tag] ?? `${tag.replaceAll('-', ' ')}`);
    if (!known) program.addCommand(group);
    addTo(group, act, all);
  }
}

function addTo(group: Command, act: Act, all: readonly OperationCommand[]): void {
  for (const spec of all) {
    const [name, ...aliases] = namesOf(spec, all);
    const taken = group.commands.flatMap((command) => [command.name(), ...command.aliases()]);
    // A group that acts by itself shows its one thing.
    const isShown = name === 'show' && group.registeredArguments.length === 0 && !spec.path.length;
    if (taken.includes(name) || isShown) continue;
    group.addCommand(commandFor(act, group.name(), [name, ...aliases], spec));
  }
}
