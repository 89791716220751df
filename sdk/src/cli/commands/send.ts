import { Command, Option } from 'commander';
import type { AcceptedEmail, WithResponse } from '../../index.ts';
import { composed, type MessageOptions } from '../compose.ts';
import { followToEnd } from '../delivery-outcome.ts';
import { examples } from '../examples.ts';
import { Failure, misuse } from '../failure.ts';
import { bytesOf } from '../files.ts';
import type { Printer } from '../printer.ts';
import type { Act, Session } from '../session.ts';
import { padded, plain } from '../text.ts';
import { duration, futureTime } from '../times.ts';
import { styleOf } from '../words.ts';

interface SendOptions extends MessageOptions {
  raw?: string;
  idempotencyKey?: string;
  wait?: number | true;
}

const DEFAULT_WAIT_ms = 60_000;

/** What says how a message is composed has no place beside a message that is whole already. */
const COMPOSING = ['subject', 'text', 'textFile', 'html', 'htmlFile', 'cc', 'bcc', 'replyTo', 'header', 'attach'];
const OPTIONS = ['inline', 'tag', 'metadata', 'schedule', 'trackOpens', 'trackClicks', 'bulk'];

export function sendCommand(act: Act): Command {
  return new Command('send')
    .description('send an email; the text may be piped in')
    .optionsGroup('Message:')
    .option('-f, --from <address>', 'the sender, as ada@acme.example or "Ada <ada@acme.example>"')
    .option('-t, --to <address...>', 'who gets it; several, or repeat the option')
    .option('--cc <address...>', 'who gets a copy')
    .option('--bcc <address...>', 'who gets a copy that the others do not see')
    .option('--reply-to <address...>', 'where answers go')
    .option('-s, --subject <subject>', 'the subject')
    .optionsGroup('Body (at least one; the file - is what is piped in):')
    .option('--text <text>', 'the text itself')
    .addOption(new Option('--text-file <file>', 'a file with the text').conflicts('text'))
    .option('--html <html>', 'the HTML itself')
    .addOption(new Option('--html-file <file>', 'a file with the HTML').conflicts('html'))
    .option('-a, --attach <file...>', 'attach files')
    .option('--inline <cid=file...>', 'files that the HTML shows, as <img src="cid:…">')
    .addOption(
      new Option('--raw <file>', 'a whole message (RFC 5322), sent as it is').conflicts([...COMPOSING, ...OPTIONS]),
    )
    .optionsGroup('More:')
    .option('--header <header...>', 'further headers, as "X-Order: 4711"')
    .option('--tag <name=value...>', 'tags to find the email by')
    .option('--metadata <name=value...>', 'what the events should carry')
    .option('--bulk', 'one of many alike, such as a newsletter: goes after other mail')
    .option('--track-opens', 'count opens')
    .option('--track-clicks', 'count clicks')
    .addOption(new Option('--schedule <time>', 'when to send: a time, or 2h for in 2 hours').argParser(futureTime))
    .option('-k, --idempotency-key <key>', 'your name for this request: repeats under it send nothing again')
    .addOption(
      new Option(
        '-w, --wait [time]',
        'wait until it is delivered, 60s unless you say how long; a bounce ends with 1',
      ).argParser(duration),
    )
    .optionsGroup('Options:')
    .addHelpText(
      'after',
      examples(
        ['koltrix send -f hello@acme.example -t ada@example.com -s "Hello" --text "Hello Ada"', 'the least there is'],
        [
          './report.sh | koltrix send -f cron@acme.example -t ops@acme.example -s "Nightly report"',
          'the text is piped in',
        ],
        [
          'koltrix send -f billing@acme.example -t ada@example.com -s "Your invoice" \\\n  --html-file invoice.html --attach invoice.pdf --tag order=4711 --idempotency-key invoice-4711',
          'safe to repeat: the key sends it once',
        ],
        [
          'koltrix send -f hello@acme.example -t ada@example.com --raw message.eml',
          'a message that you have; to is the envelope',
        ],
        [
          'koltrix send -f hello@acme.example -t delivered@simulator.test -s Smoke --text test --wait',
          'a smoke test: 0 when it arrived',
        ],
      ),
    )
    .action(act(send));
}

async function send(session: Session, options: SendOptions): Promise<void> {
  const { connect, show, out, signal } = session;
  const { from, to, idempotencyKey, wait } = options;
  if (!from) throw misuse('Say who it is from: --from.');
  if (!to) throw misuse('Say who it is for: --to.');
  // Before anything is read: a key that is missing should not cost a text that was typed.
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
    throw misuse('An idempotency key is 1 to 255 visible ASCII characters.');
  }
  const { emails } = connect();
  const keyed = { signal, ...(idempotencyKey !== undefined && { idempotencyKey }) };
  const answer = await (options.raw === undefined
    ? emails.send(await composed({ ...options, from, to }, session), keyed)
    : emails.sendRaw(await bytesOf(options.raw, session), { mail_from: from, rcpt_to: to }, keyed)
  ).withResponse();
  if (wait === undefined) {
    const { data, response } = answer;
    return show({ ...data, replayed: response.replayed }, () => receipt(answer, out));
  }
  session.note(receipt(answer, session.err));
  const email = await followToEnd(answer.data.id, session, wait === true ? DEFAULT_WAIT_ms : wait);
  show(email, () => {
    const rows = email.messages.map(({ recipient, status, last_reply }) => {
      const state = out.paint(styleOf(status), padded(status, 10));
      return `  ${state}  ${plain([recipient, last_reply?.text].filter(Boolean).join(' · '))}`;
    });
    return rows.join('\n');
  });
  const lost = email.messages.filter(({ status }) => styleOf(status) !== 'green');
  if (lost.length) {
    throw new Failure(`${lost.map(({ recipient, status }) => `${recipient}: ${status}`).join(', ')}.`, {
      advice: `koltrix emails show ${email.id}`,
    });
  }
}

function receipt({ data, response }: WithResponse<AcceptedEmail>, printer: Printer): string {
  const before = response.replayed ? ' before, under the same idempotency key; nothing was sent again' : '';
  const rows = data.messages.map(({ kind, recipient, status }) => {
    const state = printer.paint(styleOf(status), padded(status, 10));
    return `  ${state}  ${plain(recipient)}${kind === 'to' ? '' : printer.paint('dim', ` ${kind}`)}`;
  });
  return [`${printer.paint('green', '✓')} Accepted ${data.id}${before}`, ...rows].join('\n');
}
