import { Command, Option } from 'commander';
import type { Suppression, SuppressionReason } from '../../index.ts';
import { examples } from '../examples.ts';
import { type ListOptions, wanted, withListOptions } from '../options.ts';
import type { Printer } from '../printer.ts';
import type { Act } from '../session.ts';
import { listLine, padded, plain } from '../text.ts';
import { dateAndTime, futureTime } from '../times.ts';

/** A reason that is new in the contract does not compile until it is here. */
const reasons: Record<SuppressionReason, true> = {
  hard: true,
  soft: true,
  block: true,
  unknown: true,
  'repeated-soft': true,
  complaint: true,
  unsubscribe: true,
  manual: true,
};
const reasonNames = Object.keys(reasons);

export function suppressionsCommand(act: Act): Command {
  return new Command('suppressions')
    .description('the addresses that are not mailed: list, add, remove, import, export')
    .addCommand(listCommand(act))
    .addCommand(addCommand(act))
    .addCommand(removeCommand(act));
}

function listCommand(act: Act): Command {
  return withListOptions(new Command('list'))
    .description('print suppressed addresses, newest first')
    .addOption(new Option('-r, --reason <reason>', 'only for this reason').choices(reasonNames))
    .addHelpText('after', examples(['koltrix suppressions list --reason complaint --all', 'who has complained']))
    .action(
      act(async ({ connect, show, out, signal }, options: ListOptions & { reason?: SuppressionReason }) => {
        const { reason, ...list } = options;
        const { suppressions } = connect();
        const filter = reason ? { reason } : {};
        for await (const each of wanted(list, (page) => suppressions.list({ ...page, ...filter }, { signal }))) {
          show(each, () => lineOf(each, out));
        }
      }),
    );
}

function lineOf({ address, reason, created_at, expires_at, diagnostic }: Suppression, out: Printer): string {
  const until = expires_at ? `until ${dateAndTime(expires_at)}` : 'for good';
  const cells = [padded(plain(address), 26), out.paint('yellow', padded(reason, 13)), padded(until, 25)];
  return listLine(
    out,
    cells,
    [`since ${dateAndTime(created_at)}`, plain(diagnostic ?? '')].filter(Boolean).join(' · '),
  );
}

function addCommand(act: Act): Command {
  return new Command('add')
    .description('mail an address no more')
    .argument('<address>', 'the address')
    .addOption(new Option('-r, --reason <reason>', 'why').choices(reasonNames).default('manual'))
    .addOption(
      new Option('--until <time>', 'when it ends: a time, or 30d for in 30 days; else never').argParser(futureTime),
    )
    .addHelpText(
      'after',
      examples(['koltrix suppressions add bob@example.com --until 30d', 'leave Bob alone for a month']),
    )
    .action(
      act(
        async (
          { connect, show, out, signal },
          address: string,
          { reason, until }: { reason: SuppressionReason; until?: string },
        ) => {
          const body = { address, reason, ...(until && { expires_at: until }) };
          const suppression = await connect().suppressions.create(body, { signal });
          show(suppression, () => `${out.paint('green', '✓')} ${lineOf(suppression, out)}`);
        },
      ),
    );
}

function removeCommand(act: Act): Command {
  return new Command('remove')
    .description('mail an address again')
    .argument('<address>', 'the address')
    .addHelpText('after', examples(['koltrix suppressions remove bob@example.com', 'Bob’s mailbox works again']))
    .action(
      act(async ({ connect, show, out, signal }, address: string) => {
        await connect().suppressions.delete(address, {}, { signal });
        show({ address, removed: true }, () => `${out.paint('green', '✓')} ${plain(address)} is mailed again`);
      }),
    );
}
