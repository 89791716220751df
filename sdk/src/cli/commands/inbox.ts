import { Command, Option } from 'commander';
import type { TestMessage } from '../../index.ts';
import { examples } from '../examples.ts';
import { Failure } from '../failure.ts';
import { type ListOptions, wanted, withListOptions } from '../options.ts';
import type { Printer } from '../printer.ts';
import type { Act, Session } from '../session.ts';
import { bytesAsText, listLine, pairs, plain, plainLines, recipientCell } from '../text.ts';
import { dateAndTime, dateAndTimeFor, duration, pastTime } from '../times.ts';

export function inboxCommand(act: Act): Command {
  return new Command('inbox')
    .description('the test inbox: mail that was captured instead of delivered')
    .addCommand(listCommand(act))
    .addCommand(showCommand(act))
    .addCommand(waitCommand(act));
}

const toOption = () => new Option('--to <address>', 'only mail to this recipient');

function listCommand(act: Act): Command {
  return withListOptions(new Command('list'))
    .description('print captured mail, newest first')
    .addOption(toOption())
    .addOption(
      new Option('--since <time>', 'only mail since then: a time, or 5m for 5 minutes ago').argParser(pastTime),
    )
    .addHelpText('after', examples(['koltrix inbox list --to ada@example.com', 'what Ada would have got']))
    .action(
      act(async (session, { to, since, ...list }: ListOptions & { to?: string; since?: string }) => {
        const { connect, show, out, signal } = session;
        const { testMessages } = connect();
        const filter = { ...(to && { to }), ...(since && { since }) };
        for await (const mail of wanted(list, (page) => testMessages.list({ ...page, ...filter }, { signal }))) {
          show(mail, () => lineOf(mail, out));
        }
      }),
    );
}

function lineOf({ id, received_at, rcpt_to, subject }: TestMessage, out: Printer): string {
  const cells = [id, out.paint('dim', dateAndTimeFor(out, received_at)), recipientCell(rcpt_to, out)];
  return listLine(out, cells, plain(subject ?? ''));
}

function showCommand(act: Act): Command {
  return new Command('show')
    .description('show a captured message')
    .argument('<id>', 'the message, tm_…')
    .option('--html', 'print its HTML and nothing else')
    .addOption(new Option('--source', 'print the bytes that the receiving server got').conflicts('html'))
    .addHelpText(
      'after',
      examples(
        ['koltrix inbox show tm_01k9…', 'headers, text and links'],
        ['koltrix inbox show tm_01k9… --html > mail.html', 'look at it in a browser'],
        ['koltrix inbox show tm_01k9… --source > mail.eml', 'open it in a mail program'],
      ),
    )
    .action(
      act(async (session, id: string, { html, source }: { html?: boolean; source?: boolean }) => {
        const { connect, show, out, signal } = session;
        const { testMessages } = connect();
        if (source) return out.bytes(await testMessages.getSource(id, { signal }));
        const mail = await testMessages.get(id, { signal });
        if (html && mail.body_html === null) throw new Failure('The message has no HTML.');
        show(mail, () => (html ? safeHtml(mail, out) : described(mail, out)));
      }),
    );
}

/** As it is for a file, harmless for a terminal. */
const safeHtml = ({ body_html }: TestMessage, out: Printer) =>
  out.isTerminal ? plainLines(body_html ?? '') : (body_html ?? '');

function described(mail: TestMessage, out: Printer): string {
  const all: [string, string][] = [
    ['Id', `${mail.id}  ${out.paint('dim', mail.email_id)}`],
    ['Received', dateAndTime(mail.received_at)],
    ['Envelope', plain(`${mail.mail_from || '<>'} → ${mail.rcpt_to}`)],
    ['From', plain(mail.from ?? '')],
    ['To', mail.to.map(plain).join(', ')],
    ['Cc', mail.cc.map(plain).join(', ')],
    [
      'Attached',
      mail.attachments
        .map(({ filename, size_bytes }) => `${plain(filename ?? '?')} (${bytesAsText(size_bytes)})`)
        .join(', '),
    ],
  ];
  return [
    out.paint('bold', plain(mail.subject ?? '(no subject)')),
    pairs(
      out,
      all.filter(([, value]) => value),
    ),
    '',
    mail.body_text === null ? out.paint('dim', 'HTML only: add --html.') : plainLines(mail.body_text).trimEnd(),
    ...(mail.links.length ? ['', out.paint('bold', 'Links'), ...mail.links.map((link) => `  ${plain(link)}`)] : []),
  ].join('\n');
}

/** The longest that the server holds an answer back. */
const LONGEST_WAIT_s = 30;

function waitCommand(act: Act): Command {
  return new Command('wait')
    .description('wait for the next mail and show it; ends with 1 when none comes')
    .addOption(toOption())
    .addOption(new Option('--since <time>', 'mail from then on counts too: a time, or 5m').argParser(pastTime))
    .addOption(new Option('--timeout <time>', 'how long to wait').default(30_000, '30s').argParser(duration))
    .addHelpText(
      'after',
      examples(
        [
          'koltrix inbox wait --to ada@example.com --json | jq -r ".links[0]"',
          'follow the link of a sign-up mail in a test',
        ],
        ['koltrix inbox wait --since 1m --timeout 5s', 'mail that may have come already'],
      ),
    )
    .action(act(waitForMail));
}

interface WaitOptions {
  to?: string;
  since?: string;
  timeout: number;
}

async function waitForMail(session: Session, { to, since, timeout: timeout_ms }: WaitOptions): Promise<void> {
  const { connect, show, out, signal } = session;
  const { testMessages } = connect();
  const deadline = Date.now() + timeout_ms;
  const from = since ?? (await newest());
  const filter = { ...(from && { since: from }), ...(to && { to }) };
  for (;;) {
    const left_s = Math.max(0, Math.ceil((deadline - Date.now()) / 1_000));
    const wait = Math.min(left_s, LONGEST_WAIT_s);
    const { data } = await testMessages.list({ ...filter, wait, limit: 100 }, { signal });
    // Newest first: of several the one that came first is the next.
    const next = data.at(-1);
    if (next) return show(next, () => described(next, out));
    if (Date.now() >= deadline) {
      throw new Failure(`No mail came within ${timeout_ms / 1_000} s${to ? ` for ${to}` : ''}.`, {
        advice: 'Mail that came before counts with --since 5m.',
      });
    }
  }

  /** What is new is told by the server's clock, which need not be ours. */
  async function newest(): Promise<string | undefined> {
    const { data } = await testMessages.list({ ...(to && { to }), limit: 1 }, { signal });
    return data[0]?.received_at;
  }
}
