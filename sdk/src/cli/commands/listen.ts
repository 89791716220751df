import { Command, InvalidArgumentError, Option } from 'commander';
import type { Event, EventType } from '../../index.ts';
import { fakeWebhookSecret } from '../../testing/sign-webhook.ts';
import { typeOption } from '../event-filter.ts';
import { typeCell } from '../event-line.ts';
import { examples } from '../examples.ts';
import { followEvents } from '../follow-events.ts';
import { type Forwarded, forward, type Target } from '../forward.ts';
import { headersIn } from '../options.ts';
import type { Printer } from '../printer.ts';
import { checkSecret } from '../secret.ts';
import type { Act, Session } from '../session.ts';
import { isNarrow, listLine, plain, recipientCell } from '../text.ts';
import { clockTime } from '../times.ts';
import { wordsFor } from '../words.ts';

export function listenCommand(act: Act): Command {
  return new Command('listen')
    .description('forward events to a URL of yours as signed webhooks, until Ctrl-C')
    .addOption(
      new Option('-f, --forward-to <url>', 'where to; localhost:3000/hook will do')
        .argParser(targetUrl)
        .makeOptionMandatory(),
    )
    .addOption(typeOption())
    .option('--secret <secret>', 'the signing secret, whsec_…; better set KOLTRIX_WEBHOOK_SECRET. Else one is made')
    .option('--after <event>', 'begin behind this event rather than now')
    .option('--header <header...>', 'further headers, as "X-Env: dev"')
    .addHelpText(
      'after',
      `
The URL need not be reachable from Koltrix: events come over the connection that this
command opens. Requests are those of a webhook endpoint: Standard Webhooks headers, 15 s
to answer, redirects not followed. While nobody listens at the URL, events wait for it.
`,
    )
    .addHelpText(
      'after',
      examples(
        ['koltrix listen --forward-to localhost:3000/hook', 'develop a webhook receiver'],
        ['koltrix listen -f localhost:3000/hook --type bounced,complained', 'only what it handles'],
        ['KOLTRIX_WEBHOOK_SECRET=whsec_… koltrix listen -f localhost:3000/hook', 'the same secret each time'],
      ),
    )
    .action(act(listen));
}

interface ListenOptions {
  forwardTo: string;
  type?: EventType[];
  secret?: string;
  after?: string;
  header?: string[];
}

async function listen(session: Session, options: ListenOptions): Promise<void> {
  const { forwardTo: url, type, after } = options;
  const { note, err, out, signal, environment } = session;
  const given = options.secret ?? environment.webhook_secret;
  const secret = given ?? fakeWebhookSecret();
  checkSecret(secret);
  const target: Target = {
    url,
    secret,
    headers: headersIn(options.header, '--header') ?? {},
    signal,
    onAway: (reason) =>
      note(err.paint('yellow', `… Nobody listens at ${url} (${reason}); events wait until somebody does`)),
    onBack: () => note(err.paint('dim', `${url} is back`)),
  };
  // Made here, so that a key that is missing is told before anything else.
  session.connect();
  const start = { type: 'listening', forward_to: url, ...(!given && { secret }) };
  session.show(start, () => introduction(url, given ? undefined : secret, out));
  await followEvents(session, { type, after }, async (event) => {
    const result = await forward(event, target);
    session.show(record(event, result), () => lineOf(event, result, out));
    return true;
  });
}

function introduction(url: string, secret: string | undefined, out: Printer): string {
  const shown = secret ? out.paint('bold', secret) : out.paint('dim', 'the one you gave');
  return `Forwarding to   ${plain(url)}\nSigning secret  ${shown}\n`;
}

function record({ id, type, data }: Event, { status, error, duration_ms }: Forwarded) {
  return { type: 'forwarded', event_id: id, event_type: type, email_id: data.email_id, status, error, duration_ms };
}

function lineOf(event: Event, { status, error, excerpt, duration_ms }: Forwarded, out: Printer): string {
  const isGood = status !== null && status >= 200 && status < 300;
  const answer = status === null ? plain(error ?? 'no answer') : String(status);
  const cells = [
    out.paint('dim', clockTime(event.created_at)),
    typeCell(wordsFor(event), out),
    recipientCell(event.data.recipient ?? '', out),
    ...(isNarrow(out) ? [] : [out.paint('dim', event.id)]),
    `→ ${out.paint(isGood ? 'green' : 'red', answer)}`,
    out.paint('dim', `${duration_ms} ms`),
  ];
  const words = plain(excerpt ?? '').trim();
  return cells.join('  ') + (words && `\n${out.paint('dim', listLine(out, ['        '], words))}`);
}

/** `http://localhost:3000/hook`, or what people type instead: `localhost:3000/hook`, `3000/hook`. */
function targetUrl(text: string): string {
  const withHost = /^\d+(\/|$)/.test(text) ? `localhost:${text}` : text;
  let url: URL;
  try {
    url = new URL(/^[a-z]+:\/\//i.test(withHost) ? withHost : `http://${withHost}`);
  } catch {
    throw new InvalidArgumentError('It is not a URL.');
  }
  if (!/^https?:$/.test(url.protocol)) throw new InvalidArgumentError('It must be an http or https URL.');
  if (url.username || url.password) throw new InvalidArgumentError('Say who you are with --header, not in the URL.');
  return url.href;
}
