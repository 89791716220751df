import type { Argument, Command, Option } from 'commander';

/** One thing that may stand at the cursor. */
export interface Candidate {
  value: string;
  description: string;
}

/** What may stand at the cursor: some words, or the name of a file. */
export type Completion = { files: false; candidates: Candidate[] } | { files: true };

/**
 * What may follow in a command line.
 *
 * @param words - the words behind the command's own name; the last one is the one at the cursor, maybe empty
 */
export function completionOf(program: Command, words: readonly string[]): Completion {
  const before = joined(words.slice(0, -1));
  const current = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const { command, open, place } = readTo(program, before);
  if (open && !current.startsWith('-')) return choicesOf(open, current, '');
  const [, flag, value] = /^(--[\w-]+)=(.*)$/.exec(current) ?? [];
  if (flag !== undefined && value !== undefined) {
    const option = optionOf(command, flag);
    return option ? choicesOf(option, value, `${flag}=`) : only([]);
  }
  if (current.startsWith('-')) return only(startingWith(current, flagsOf(command)));
  // Behind a word that is no command of ours there is nothing to know.
  if (command.commands.length) return only(place ? [] : startingWith(current, commandsOf(command)));
  const argument = command.registeredArguments.at(place);
  return argument ? choicesOf(argument, current, '') : only([]);
}

const only = (candidates: Candidate[]): Completion => ({ files: false, candidates });

/** Bash takes `--status=bounced` apart at the equals sign. */
const joined = (words: readonly string[]) => words.filter((word) => word !== '=');

/** Where one stands behind these words: in which command, which option waits for its value, how many arguments there were. */
function readTo(program: Command, words: readonly string[]) {
  let command = program;
  let open: Option | undefined;
  let place = 0;
  for (const word of words) {
    if (word.startsWith('-') && word.length > 1) {
      const option = word.includes('=') ? undefined : optionOf(command, word);
      open = option && (option.required || option.optional) ? option : undefined;
    } else if (open) {
      if (!open.variadic) open = undefined;
    } else {
      const child = command.commands.find((each) => each.name() === word);
      if (child) command = child;
      else place++;
    }
  }
  return { command, open, place };
}

function optionsOf(command: Command): Option[] {
  const own = command.createHelp().visibleOptions(command);
  return command.parent ? [...own, ...optionsOf(command.parent)] : own;
}

const optionOf = (command: Command, flag: string) =>
  optionsOf(command).find(({ long, short }) => flag === long || flag === short);

function flagsOf(command: Command): Candidate[] {
  const flags = optionsOf(command).flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
  return flags.filter(({ value }, at) => flags.findIndex((flag) => flag.value === value) === at);
}

function commandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), description: each.description() }));
}

/** The choices that an option or an argument leaves, or a file where its name says so. */
function choicesOf(target: Option | Argument, current: string, prefix: string): Completion {
  const name = 'flags' in target ? target.flags : target.name();
  if (/\b(file|payload)\b/.test(name)) return { files: true };
  // Of several by commas the last one is at the cursor.
  const done = current.includes(',') ? current.slice(0, current.lastIndexOf(',') + 1) : '';
  const values = (target.argChoices ?? []).map((choice) => ({ value: `${prefix}${done}${choice}`, description: '' }));
  return only(startingWith(`${prefix}${current}`, values));
}

const startingWith = (start: string, list: Candidate[]) => list.filter(({ value }) => value.startsWith(start));
