import type { AttemptOutcome, BounceClass, SmtpReply, Suppression } from '../generated/types.gen.ts';
import { canonicalAddress, envelopeAddress } from './address.ts';
import { append } from './log.ts';
import { compose } from './mime/compose.ts';
import { parseMail } from './mime/parse.ts';
import { stampRaw } from './mime/stamp.ts';
import { behaviourOf, type Refused } from './simulator.ts';
import { suppressionKey } from './suppressions.ts';
import type { EmailRecord, MessageRecord, World } from './world.ts';

/** Waits between the tries of a message to the simulator, in seconds. */
const RETRIES_s = [1, 2, 3, 5];
/** The inbox's own. */
const HOST = '127.0.0.1';
const FEEDBACK_ms = 1_000;
const DAY_ms = 24 * 3_600_000;
const REPORTED = '550 5.1.1 The recipient does not exist (delivery report)';

/** One conversation with the recipient's server, and what comes of it. */
export function attempt(world: World, record: EmailRecord, message: MessageRecord): void {
  if (message.status !== 'queued') return;
  if (world.held) {
    world.held.push(() => attempt(world, record, message));
    return;
  }
  message.attempts++;
  const { refusal, refusals, feedback } = behaviourOf(message.canonical);
  if (refusal && message.attempts <= refusals) refused(world, record, message, refusal);
  else taken(world, record, message, feedback);
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
    world.clock.at(retry_at, () => attempt(world, record, message));
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
  if (!feedback) return;
  const due = new Date(world.clock.now().getTime() + FEEDBACK_ms);
  world.clock.at(due, () => (feedback === 'bounce' ? bouncedLater : complained)(world, record, message));
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

function complained(world: World, record: EmailRecord, message: MessageRecord): void {
  message.status = 'complained';
  append(world, record, message, 'email.complained', { complaint: { feedback_type: 'abuse' } });
  suppress(world, message, 'complaint', 'The recipient reported the message as unwanted.');
}

function bouncedLater(world: World, record: EmailRecord, message: MessageRecord): void {
  message.status = 'bounced';
  message.last_reply = { smtp_code: 550, enhanced_code: '5.1.1', text: REPORTED };
  append(world, record, message, 'email.bounced', {
    bounce: { class: 'hard', smtp_code: 550, enhanced_code: '5.1.1', diagnostic: REPORTED },
  });
  suppress(world, message, 'hard', REPORTED);
}

/** A verdict on the address is for good, any other for a day; one for good is never shortened. */
function suppress(world: World, message: MessageRecord, reason: Suppression['reason'], diagnostic: string): void {
  const key = suppressionKey(message.canonical, null);
  const known = world.suppressions.get(key);
  if (known && known.expires_at === null) return;
  const now = world.clock.now();
  const isForGood = reason === 'hard' || reason === 'complaint';
  world.suppressions.delete(key);
  world.suppressions.set(key, {
    address: message.canonical,
    topic: null,
    reason,
    source_message_id: message.id,
    diagnostic,
    created_at: now.toISOString(),
    expires_at: isForGood ? null : new Date(now.getTime() + DAY_ms).toISOString(),
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
  const source =
    content.format === 'composed' ? compose(content.fields, stamp) : stampRaw(content.bytes, stamp, mail_from);
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
