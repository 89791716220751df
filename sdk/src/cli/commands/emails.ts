import { Command, Option } from 'commander';
import type { EmailSummary, MessageStatus } from '../../index.ts';
import { describedEmail } from '../describe-email.ts';
import { examples } from '../examples.ts';
import { allOf, type ListOptions, wanted, withListOptions } from '../options.ts';
import type { Printer } from '../printer.ts';
import type { Act } from '../session.ts';
import { listLine, padded, plain, recipientCell } from '../text.ts';
import { dateAndTimeFor, pastTime } from '../times.ts';
import { statusNames, styleOf } from '../words.ts';

export function emailsCommand(act: Act): Command {
  return new Command('emails')
    .description('list, show and cancel emails')
    .addCommand(listCommand(act))
    .addCommand(showCommand(act))
    .addCommand(cancelCommand(act));
}

interface ListEmails extends ListOptions {
  status?: MessageStatus;
  to?: string;
  from?: string;
  tag?: string;
  since?: string;
  until?: string;
}

function listCommand(act: Act): Command {
  return withListOptions(new Command('list'))
    .description('print emails, newest first; filters combine')
    .addOption(new Option('-s, --status <status>', 'only emails in this state').choices(statusNames))
    .option('--to <address>', 'only emails to this recipient')
    .option('--from <address>', 'only emails of this sender')
    .option('--tag <name:value>', 'only emails with this tag; the name alone for any value')
    .addOption(
      new Option('--since <time>', 'only emails accepted since then: a time, or 2h for 2 hours ago').argParser(
        pastTime,
      ),
    )
    .addOption(new Option('--until <time>', 'only emails accepted before then').argParser(pastTime))
    .addHelpText(
      'after',
      examples(
        ['koltrix emails list --status bounced --since 1d', 'what bounced since yesterday'],
        ['koltrix emails list --tag order:4711 --json | jq -r .id', 'the ids of an order’s emails'],
      ),
    )
    .action(
      act(async ({ connect, show, out, signal }, options: ListEmails) => {
        const { status, to, from, tag, since, until, ...list } = options;
        const filters = {
          ...(status && { status }),
          ...(to && { recipient: to }),
          ...(from && { from }),
          ...(tag && { tag }),
          ...(since && { created_after: since }),
          ...(until && { created_before: until }),
        };
        const { emails } = connect();
        for await (const email of wanted(list, (page) => emails.list({ ...page, ...filters }, { signal }))) {
          show(email, () => emailLine(email, out));
        }
      }),
    );
}

function emailLine({ id, status, created_at, messages, subject }: EmailSummary, out: Printer): string {
  const [first, ...others] = messages;
  const recipients = `${first?.recipient ?? ''}${others.length ? ` +${others.length}` : ''}`;
  const cells = [
    id,
    out.paint('dim', dateAndTimeFor(out, created_at)),
    out.paint(styleOf(status), padded(status, 10)),
    recipientCell(recipients, out),
  ];
  return listLine(out, cells, plain(subject));
}

function showCommand(act: Act): Command {
  return new Command('show')
    .description('show an email: its state, its recipients, and what happened when')
    .argument('<id>', 'the email, em_…')
    .option('--attempts', 'print every SMTP conversation too')
    .option('--body', 'print the text too')
    .addHelpText(
      'after',
      examples(
        ['koltrix emails show em_01k9… --attempts', 'why has it not arrived?'],
        ['koltrix emails show em_01k9… --json | jq .events', 'the email and its events, for a program'],
      ),
    )
    .action(
      act(async ({ connect, show, out, signal }, id: string, options: { attempts?: boolean; body?: boolean }) => {
        const { emails } = connect();
        const [email, events, attempts] = await Promise.all([
          emails.get(id, { signal }),
          allOf(emails.listEvents(id, { limit: 100 }, { signal })),
          options.attempts && allOf(emails.listAttempts(id, { limit: 100 }, { signal })),
        ]);
        const whole = { ...email, events, ...(attempts && { attempts }) };
        show(whole, () => describedEmail(whole, out, { body: options.body === true }));
      }),
    );
}

function cancelCommand(act: Act): Command {
  return new Command('cancel')
    .description('cancel what has not been delivered yet')
    .argument('<id>', 'the email, em_…')
    .addHelpText('after', examples(['koltrix emails cancel em_01k9…', 'take back an email that is scheduled']))
    .action(
      act(async ({ connect, show, out, signal }, id: string) => {
        const email = await connect().emails.cancel(id, { signal });
        show(email, () => {
          const lines = email.messages.map(
            ({ recipient, status }) => `  ${out.paint(styleOf(status), padded(status, 10))}  ${plain(recipient)}`,
          );
          return [`${out.paint('green', '✓')} Canceled ${email.id}`, ...lines].join('\n');
        });
      }),
    );
}
