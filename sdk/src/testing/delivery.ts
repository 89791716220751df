import type { AttemptOutcome, BounceClass, SmtpReply } from '../generated/types.gen.ts';
import { canonicalAddress, envelopeAddress } from './address.ts';
import { planFeedback } from './feedback.ts';
import { append } from './log.ts';
import { concat, latin1, utf8 } from './mime/bytes.ts';
import { compose } from './mime/compose.ts';
import { parseMail } from './mime/parse.ts';
import { stampRaw } from './mime/stamp.ts';
import { behaviourOf, type Refused } from './simulator.ts';
import { hitOf, suppress } from './suppressions.ts';
import { asWorker, type EmailRecord, type MessageRecord, type World } from './world.ts';

/** Waits between the tries of a message to the simulator, in seconds. */
const RETRIES_s = [1, 2, 3, 5];
/** The inbox's own. */
const HOST = '127.0.0.1';

/** A conversation that falls due. */
export function planAttempt(world: World, record: EmailRecord, message: MessageRecord, due: Date): void {
  world.clock.at(due, () => asWorker(world, () => attempt(world, record, message)));
}

/** One conversation with the recipient's server, and what comes of it. */
function attempt(world: World, record: EmailRecord, message: MessageRecord): void {
  if (message.status !== 'queued' || suppressed(world, record, message)) return;
  message.attempts++;
  const { refusal, refusals, feedback } = behaviourOf(message.canonical);
  if (refusal && message.attempts <= refusals) refused(world, record, message, refusal);
  else taken(world, record, message, feedback);
}

/** The address may have been suppressed while the message waited: then it goes no further. */
export function suppressed(world: World, record: EmailRecord, message: MessageRecord): boolean {
  const hit = hitOf(world, message);
  if (!hit) return false;
  Object.assign(message, { status: 'suppressed', next_attempt_at: null });
  const { reason, expires_at } = hit;
  append(world, record, message, 'email.suppressed', { suppression: { reason, expires_at } });
  return true;
}

function refused(world: World, record: EmailRecord, message: MessageRecord, refusal: Refused): void {
  const { smtp_code, enhanced_code } = refusal;
  const text = `${smtp_code} ${enhanced_code} ${refusal.text}`;
  message.last_reply = { smtp_code, enhanced_code, text };
  note(world, message, smtp_code < 500 ? 'deferred' : 'refused');
  const codes = { smtp_code, enhanced_code, diagnostic: text };
  if (smtp_code < 500) {
    const wait_s = RETRIES_s[message.attempts - 1] as number;
    const retry_at = new Date(world.clock.now().getTime() + wait_s * 1_000 * (1 + 0.4 * world.random()));
    message.next_attempt_at = retry_at.toISOString();
    append(world, record, message, 'email.delivery_delayed', {
      delay: { attempt: message.attempts, retry_at: message.next_attempt_at, class: 'soft', ...codes },
    });
    planAttempt(world, record, message, retry_at);
    return;
  }
  const reason: BounceClass = enhanced_code.startsWith('5.7.') ? 'block' : 'hard';
  Object.assign(message, { status: 'bounced', next_attempt_at: null });
  append(world, record, message, 'email.bounced', { bounce: { class: reason, ...codes } });
  suppress(world, message, reason, text);
}

function taken(world: World, record: EmailRecord, message: MessageRecord, feedback?: 'complaint' | 'bounce'): void {
  const id = capture(world, record, message);
  const response = `250 2.0.0 Captured ${id}`;
  message.last_reply = { smtp_code: 250, enhanced_code: '2.0.0', text: response };
  note(world, message, 'accepted');
  Object.assign(message, { status: 'delivered', next_attempt_at: null });
  const delivery = {
    host: HOST,
    attempt: message.attempts,
    smtp_code: 250,
    enhanced_code: '2.0.0',
    response,
  };
  append(world, record, message, 'email.sent', { delivery });
  append(world, record, message, 'email.delivered', { delivery });
  if (feedback) planFeedback(world, record, message, feedback);
}

/** The conversation that has just ended, with its last reply. */
function note({ clock }: World, message: MessageRecord, outcome: AttemptOutcome): void {
  message.tries.push({
    message_id: message.id,
    recipient: message.recipient,
    number: message.attempts,
    started_at: clock.now().toISOString(),
    duration_ms: 0,
    host: HOST,
    remote_address: HOST,
    source_address: HOST,
    tls: null,
    outcome,
    reply: message.last_reply as SmtpReply,
  });
}

/** Keeps what the recipient got; answers its id. */
function capture(world: World, record: EmailRecord, message: MessageRecord): string {
  const { email, content, mail_from, from_address } = record;
  const domain = from_address.slice(from_address.lastIndexOf('@') + 1);
  const stamp = {
    message_id: `<${message.id}@${domain}>`,
    date: new Date(email.created_at),
    feedback_id: `${email.source}:${world.account.id}:koltrix`,
  };
  const bytes =
    content.format === 'composed' ? compose(content.fields, stamp) : stampRaw(content.bytes, stamp, mail_from);
  // On the wire a message ends with its last line's end.
  const source = latin1(bytes.subarray(-2)) === '\r\n' ? bytes : concat(bytes, utf8('\r\n'));
  const id = world.newId('tm');
  world.captured.push({
    to: canonicalAddress(message.recipient),
    source,
    message: {
      id,
      email_id: email.id,
      message_id: message.id,
      mail_from: envelopeAddress(mail_from),
      rcpt_to: message.canonical,
      received_at: world.clock.now().toISOString(),
      ...parseMail(source),
      size_bytes: source.length,
      raw: new TextDecoder().decode(source),
    },
  });
  return id;
}
