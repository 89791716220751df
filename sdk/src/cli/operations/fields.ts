import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Field } from '../operation-command.ts';
import { count } from '../options.ts';
import { futureTime, pastTime } from '../times.ts';
import { kebab } from './naming.ts';

/** Adds an option for a field; what a shell cannot say well goes into the file of `--data`. */
export function addField(command: Command, field: Field): void {
  const { name, kind, description } = field;
  if (kind === 'json') return;
  const flag = `--${kebab(name)}`;
  const text = plainWords(description) || name.replaceAll('_', ' ');
  if (kind === 'flag') {
    command.option(flag, text).option(`--no-${kebab(name)}`, 'and the opposite of it');
    return;
  }
  const option = new Option(`${flag} <${valueName(field)}>`, text).makeOptionMandatory(field.required);
  if (field.choices) option.choices(field.choices.map(shortOf));
  command.addOption(option.argParser(parserOf(field)));
}

/** The fields that were given, by their names in the contract. */
export function given(fields: readonly Field[], options: Record<string, unknown>): Record<string, unknown> {
  const entries = fields.map(({ name }) => [name, options[camel(name)]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const camel = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Without what marks code up, which terminals do not show. */
export const plainWords = (text: string) => text.replaceAll('`', '').replace(/[.;]$/, '');

function valueName({ name, kind, many }: Field): string {
  if (kind === 'time') return 'time';
  return many ? `${name.split('_').at(-1)}` : (name.split('_').at(-1) ?? name);
}

/** Event types are told apart without the part that all have. */
const shortOf = (choice: string) => choice.replace(/^email\./, '');

function parserOf({ name, kind, many, choices }: Field): (text: string, before: unknown) => unknown {
  if (kind === 'count') return count;
  if (kind === 'time') return /_(after|before)$|^since$/.test(name) ? pastTime : futureTime;
  const one = (text: string) => {
    const found = choices ? choices.find((choice) => choice === text || shortOf(choice) === text) : text;
    if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices?.map(shortOf).join(', ')}.`);
    return found;
  };
  if (!many) return one;
  return (text, before) => [...new Set([...((before as string[] | undefined) ?? []), ...text.split(',').map(one)])];
}
