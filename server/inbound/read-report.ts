import type { ParsedMail } from 'mailparser';
import { oneLine } from '../delivery/classify.ts';
import { readMime } from '../mail/read-mime.ts';
import { type DeliveryStatus, fieldsOf, parseDeliveryStatus } from './delivery-status.ts';
import { type Mentions, mentionsIn } from './mentions.ts';
import { readProse } from './prose.ts';

/** What came in, before it is held against a message of ours. */
export type Reading =
  | ({ shape: 'delivery-report' } & Omit<DeliveryStatus, 'envelope_id'>)
  | { shape: 'feedback'; feedback_type: string }
  /** Written by a program, and no report; `reply` when the program answered the message (RFC 3834). */
  | { shape: 'notice'; reply: boolean }
  | { shape: 'unknown' };

export interface Report {
  reading: Reading;
  mentions: Mentions;
}

/** Reads whatever was sent to a return path. Never throws; what makes no sense, or takes too long, is `unknown`. */
export async function readReport(source: Buffer, options: { timeout_ms: number }): Promise<Report> {
  const mail = await readMime(source, options);
  if (!mail) return { reading: { shape: 'unknown' }, mentions: mentionsIn([source.toString('latin1')], null) };
  const status = deliveryStatusOf(mail);
  return { reading: readingOf(mail, status), mentions: mentionsIn(textsOf(mail), status?.envelope_id ?? null) };
}

/** Servers mark their reports as automatic replies, so reports are looked for first. */
function readingOf(mail: ParsedMail, status: DeliveryStatus | undefined): Reading {
  if (status?.recipients.length) {
    const { reporting_mta, recipients } = status;
    return { shape: 'delivery-report', reporting_mta, recipients };
  }
  const feedback_type = feedbackTypeOf(mail);
  if (feedback_type) return { shape: 'feedback', feedback_type };
  // A report that cannot be understood is worth a look, and no mere notice.
  if (status) return { shape: 'unknown' };
  const recipients = readProse(mail.text ?? '');
  if (recipients?.length) return { shape: 'delivery-report', reporting_mta: null, recipients };
  return automatic(mail) ?? { shape: 'unknown' };
}

function deliveryStatusOf(mail: ParsedMail): DeliveryStatus | undefined {
  // RFC 3464, and RFC 6533 for addresses beyond ASCII.
  const parts = partsOf(mail, /^message\/(global-)?delivery-status$/);
  return parts.length ? parseDeliveryStatus(parts.join('\n\n')) : undefined;
}

/** RFC 5965; and what Microsoft's feedback loop sends, which is the message attached under a subject of its own. */
function feedbackTypeOf(mail: ParsedMail): string | undefined {
  const [report] = partsOf(mail, /^message\/feedback-report$/);
  if (report !== undefined) {
    return oneLine(fieldsOf(report).get('feedback-type') ?? 'other')
      .toLowerCase()
      .slice(0, 60);
  }
  const has_message = partsOf(mail, /^message\/rfc822$/).length > 0;
  return has_message && /^complaint about message from /i.test(mail.subject ?? '') ? 'abuse' : undefined;
}

const AUTOMATIC_SUBJECT =
  /^(auto(matic)?[ -]?(reply|response)|autoreply|out of (the )?office|abwesenheit|réponse automatique)/i;

function automatic(mail: ParsedMail): Reading | undefined {
  const header = (name: string) => String(mail.headers.get(name) ?? '').toLowerCase();
  const submitted = header('auto-submitted').trim();
  if (/^auto-(replied|notified)/.test(submitted)) return { shape: 'notice', reply: true };
  const marked =
    (submitted !== '' && submitted !== 'no') ||
    mail.headers.has('x-autoreply') ||
    mail.headers.has('x-autorespond') ||
    header('precedence') === 'auto_reply' ||
    partsOf(mail, /^message\/(global-)?disposition-notification$/).length > 0 ||
    AUTOMATIC_SUBJECT.test(mail.subject ?? '');
  return marked ? { shape: 'notice', reply: AUTOMATIC_SUBJECT.test(mail.subject ?? '') } : undefined;
}

/** The decoded contents of the parts of a type. */
function partsOf(mail: ParsedMail, type: RegExp): string[] {
  return mail.attachments.filter(({ contentType }) => type.test(contentType)).map(({ content }) => content.toString());
}

/** Where a report may name the message that it is about: in its parts, its text, and its own headers. */
function textsOf(mail: ParsedMail): string[] {
  const headers = mail.headerLines.map(({ line }) => line).join('\n');
  return [...mail.attachments.map(({ content }) => content.toString('latin1')), mail.text ?? '', headers];
}
