import type { Attempt, Email, Event, Message } from '../index.ts';
import type { Printer } from './printer.ts';
import { bytesAsText, counted, padded, pairs, plain, plainLines, table } from './text.ts';
import { clockTime, dateAndTime, later } from './times.ts';
import { replyAsText, styleOf, wordsFor } from './words.ts';

/** An email with what is known of it. */
export interface WholeEmail extends Email {
  events: Event[];
  /** Absent when nobody asked. */
  attempts?: Attempt[];
}

/** An email for a terminal: what it is, how each recipient's copy stands, and what happened when. */
export function describedEmail(email: WholeEmail, out: Printer, wanted: { body: boolean }): string {
  const { events, attempts } = email;
  const heading = (text: string) => `\n${out.paint('bold', text)}`;
  return [
    `${out.paint('bold', plain(email.subject))}  ${out.paint(styleOf(email.status), email.status)}`,
    pairs(out, particulars(email)),
    heading('Recipients'),
    table(email.messages.map((message) => recipientRow(message, out))),
    ...(events.length ? [heading('Timeline'), timeline(events, out)] : []),
    ...(attempts?.length ? [heading('Attempts'), table(attempts.map((attempt) => attemptRow(attempt, out)))] : []),
    ...(wanted.body ? [heading('Text'), plainLines(email.body_text ?? 'There is none, only HTML.')] : []),
  ].join('\n');
}

function particulars(email: Email): [string, string][] {
  const list = (values: string[]) => values.map(plain).join(', ');
  const named = (values: Record<string, unknown>) =>
    list(
      Object.entries(values).map(
        ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      ),
    );
  const contents = [
    ...(email.body_text === null ? [] : ['text']),
    ...(email.body_html === null ? [] : ['HTML']),
    ...email.attachments.map(({ filename, size_bytes }) => `${plain(filename)} (${bytesAsText(size_bytes)})`),
  ];
  const all: [string, string][] = [
    ['Id', email.id],
    ['From', plain(email.from)],
    ['To', list(email.to)],
    ['Cc', list(email.cc)],
    ['Bcc', list(email.bcc)],
    ['Reply-To', list(email.reply_to)],
    ['Accepted', `${dateAndTime(email.created_at)} by ${email.source}`],
    ['Scheduled', email.scheduled_at ? dateAndTime(email.scheduled_at) : ''],
    ['Contents', contents.join(', ')],
    ['Tags', named(email.tags)],
    ['Metadata', named(email.metadata)],
  ];
  return all.filter(([, value]) => value);
}

function recipientRow(
  { recipient, kind, status, attempts, next_attempt_at, last_reply }: Message,
  out: Printer,
): string[] {
  const reply = last_reply && replyAsText(last_reply.smtp_code, last_reply.enhanced_code, last_reply.text);
  const further = [
    kind === 'to' ? '' : kind,
    attempts > 1 ? counted(attempts, 'attempt') : '',
    status === 'queued' && next_attempt_at ? `next at ${clockTime(next_attempt_at)}` : '',
    plain(reply || ''),
  ];
  return [out.paint(styleOf(status), padded(status, 10)), plain(recipient), further.filter(Boolean).join(' · ')];
}

export function attemptRow(attempt: Attempt, out: Printer): string[] {
  const { recipient, number, started_at, duration_ms, host, remote_address, tls, outcome, reply } = attempt;
  const server = [host, remote_address === host ? null : remote_address, tls?.protocol ?? 'no TLS'];
  return [
    out.paint('dim', clockTime(started_at)),
    out.paint(outcome === 'accepted' ? 'green' : outcome === 'refused' ? 'red' : 'yellow', outcome),
    plain(recipient),
    `#${number}`,
    plain(server.filter(Boolean).join(' ')),
    `${duration_ms} ms`,
    plain(replyAsText(reply.smtp_code, reply.enhanced_code, reply.text)),
  ];
}

function timeline(events: Event[], out: Printer): string {
  const [{ created_at: start } = { created_at: '' }] = events;
  const several = new Set(events.map(({ data }) => data.recipient)).size > 1;
  return table(
    events.map((event, index) => {
      const { name, style, detail } = wordsFor(event);
      const time = index ? later(start, event.created_at) : clockTime(event.created_at);
      const recipient = several ? [plain(event.data.recipient)] : [];
      return [out.paint('dim', time.padStart(10)), out.paint(style, name), ...recipient, detail];
    }),
  );
}
