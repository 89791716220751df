import { classifyReport, suppressedUntil } from '../delivery/classify.ts';
import type { NewEvent } from '../events/catalogue.ts';
import type { MessageStatus, ReportKind, SuppressionReason } from '../generated/types.gen.ts';
import { canonicalAddress, isAddress } from '../mail/address.ts';
import type { RecipientReport } from './delivery-status.ts';
import type { Reading } from './read-report.ts';

/** The message that a report is about. */
export interface Concerned {
  /** Canonical form. */
  recipient: string;
  /** The number of its last conversation. */
  attempt: number;
  topic: string | null;
}

export interface Judgement {
  kind: ReportKind;
  smtp_code: number | null;
  enhanced_code: string | null;
  diagnostic: string | null;
  feedback_type: string | null;
  /** What it does to the message, if its status is one of `from`; undefined: nothing. */
  effect: Effect | undefined;
}

export interface Effect {
  from: MessageStatus[];
  /** Undefined: the status stays. */
  to: MessageStatus | undefined;
  event: NewEvent;
  suppression: { reason: SuppressionReason; diagnostic: string; expires_at: Date | null } | undefined;
}

export interface JudgeContext {
  /** Shown id of the report. */
  report_id: string;
  reporting_mta: string | null;
  now: Date;
}

const SILENT: Judgement = {
  kind: 'unknown',
  smtp_code: null,
  enhanced_code: null,
  diagnostic: null,
  feedback_type: null,
  effect: undefined,
};

/** What a report at a return path means for its message. Pure: the same report at the same time gives the same judgement. */
export function judge(reading: Reading, concerned: Concerned, context: JudgeContext): Judgement {
  switch (reading.shape) {
    case 'delivery-report':
      return judgeRecipients(reading.recipients, concerned, context);
    case 'feedback':
      return judgeFeedback(reading.feedback_type, context);
    case 'notice':
      return { ...SILENT, kind: 'notice' };
    case 'unknown':
      return SILENT;
  }
}

/** What mail to an unsubscribe address means: any is a wish to be let alone (RFC 2369), but for what no person asked for. */
export function judgeUnsubscribe(
  reading: Reading,
  { topic }: Pick<Concerned, 'topic'>,
  { report_id }: JudgeContext,
): Judgement {
  if (reading.shape === 'delivery-report' || reading.shape === 'feedback') return { ...SILENT, kind: 'notice' };
  if (reading.shape === 'notice' && reading.reply) return { ...SILENT, kind: 'notice' };
  return {
    ...SILENT,
    kind: 'unsubscribe',
    effect: {
      from: ['sent', 'delivered', 'opened', 'clicked', 'failed', 'bounced', 'complained'],
      to: undefined,
      event: { type: 'email.unsubscribed', detail: { unsubscribe: { method: 'mailto', topic, report_id } } },
      suppression: { reason: 'unsubscribe', diagnostic: 'The recipient unsubscribed by mail.', expires_at: null },
    },
  };
}

/** By weight: where one report says several things of our recipient, the gravest counts. */
const GRAVITY: RecipientReport['action'][] = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'];

function judgeRecipients(recipients: RecipientReport[], concerned: Concerned, context: JudgeContext): Judgement {
  const named = recipients.filter((block) => names(block, concerned.recipient));
  // A forwarded message is reported under its last address alone; the token says that it was ours.
  const [gravest] = (named.length ? named : recipients).toSorted(
    (a, b) => GRAVITY.indexOf(a.action) - GRAVITY.indexOf(b.action),
  );
  if (!gravest) return SILENT;
  const { smtp_code, enhanced_code, text: diagnostic } = gravest.reply;
  const said = { ...SILENT, smtp_code, enhanced_code, diagnostic };
  if (gravest.action === 'failed') return { ...said, kind: 'bounce', effect: bounce(gravest, context) };
  if (gravest.action === 'delayed') return { ...said, kind: 'delay', effect: delay(gravest, concerned, context) };
  if (gravest.action === 'delivered')
    return { ...said, kind: 'delivery', effect: delivery(gravest, concerned, context) };
  // Relayed or expanded: it has gone where no report will come from, which is no news of the recipient.
  return { ...said, kind: 'notice' };
}

function names({ original_recipient, final_recipient }: RecipientReport, recipient: string): boolean {
  return [original_recipient, final_recipient].some((address) => {
    if (!address) return false;
    // ORCPT travels as xtext (RFC 3461, 4), and not every server decodes it.
    const plain = address.replaceAll(/\+([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return [address, plain].some((form) => isAddress(form) && canonicalAddress(form) === recipient);
  });
}

function bounce({ reply }: RecipientReport, { report_id, now }: JudgeContext): Effect {
  const reason = classifyReport(reply);
  const { smtp_code, enhanced_code, text: diagnostic } = reply;
  return {
    from: ['sent', 'delivered', 'opened', 'clicked', 'failed'],
    to: 'bounced',
    event: {
      type: 'email.bounced',
      detail: { bounce: { class: reason, smtp_code, enhanced_code, diagnostic, report_id } },
    },
    suppression: { reason, diagnostic, expires_at: suppressedUntil(reason, now) },
  };
}

function delay({ reply }: RecipientReport, { attempt }: Concerned, { report_id }: JudgeContext): Effect {
  const { smtp_code, enhanced_code, text: diagnostic } = reply;
  const delayed = { attempt, retry_at: null, class: classifyReport(reply), smtp_code, enhanced_code, diagnostic };
  return {
    from: ['sent', 'delivered'],
    to: undefined,
    event: { type: 'email.delivery_delayed', detail: { delay: { ...delayed, report_id } } },
    suppression: undefined,
  };
}

/** Where the next hop was a smarthost, this is the first word of the recipient's own server. */
function delivery({ reply }: RecipientReport, { attempt }: Concerned, context: JudgeContext): Effect {
  const { report_id, reporting_mta } = context;
  const handover = {
    host: reporting_mta ?? 'unknown',
    attempt,
    smtp_code: reply.smtp_code ?? 250,
    enhanced_code: reply.enhanced_code,
    response: reply.text,
    report_id,
  };
  return {
    from: ['sent'],
    to: 'delivered',
    event: { type: 'email.delivered', detail: { delivery: handover } },
    suppression: undefined,
  };
}

/** Feedback that finds no fault with the content: a mail that was wrongly taken for spam, or failed authentication. */
const NO_COMPLAINT = ['not-spam', 'auth-failure', 'dmarc'];

function judgeFeedback(feedback_type: string, { report_id }: JudgeContext): Judgement {
  if (NO_COMPLAINT.includes(feedback_type)) return { ...SILENT, kind: 'notice', feedback_type };
  return {
    ...SILENT,
    kind: 'complaint',
    feedback_type,
    effect: {
      from: ['sent', 'delivered', 'opened', 'clicked', 'failed', 'bounced'],
      to: 'complained',
      event: { type: 'email.complained', detail: { complaint: { feedback_type, report_id } } },
      suppression: {
        reason: 'complaint',
        diagnostic: 'The recipient reported the message as unwanted.',
        expires_at: null,
      },
    },
  };
}
