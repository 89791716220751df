import type { AcceptedEmail, MailSource, MessageStatus } from '../generated/types.gen.ts';
import { planAttempt, suppressed } from './delivery.ts';
import { append } from './log.ts';
import type { Plan, Recipient } from './plan.ts';
import { hitOf } from './suppressions.ts';
import { asWorker, type EmailRecord, type MessageRecord, type World } from './world.ts';

/** Takes an email in, and sets it on its way: to the queue, or to wait for its time. */
export function accept(world: World, plan: Plan, source: MailSource): AcceptedEmail {
  const { scheduled_at, recipients, email, ...rest } = plan;
  const created_at = world.clock.now();
  const record: EmailRecord = {
    ...rest,
    email: { id: world.newId('em'), source, created_at: created_at.toISOString(), ...email },
    messages: [],
  };
  world.emails.set(record.email.id, record);
  const topic = typeof email.unsubscribe === 'string' ? email.unsubscribe : null;
  record.messages = recipients.map((recipient) => startMessage(world, recipient, topic, scheduled_at ?? created_at));
  for (const message of record.messages) enter(world, record, message, scheduled_at);
  return {
    id: record.email.id,
    status: emailStatus(record.messages),
    created_at: record.email.created_at,
    messages: record.messages.map(({ id, recipient, kind, status }) => ({ id, recipient, kind, status })),
  };
}

function startMessage(
  world: World,
  { address, canonical, kind }: Recipient,
  topic: string | null,
  due: Date,
): MessageRecord {
  return {
    id: world.newId('msg'),
    recipient: address,
    kind,
    status: 'queued',
    attempts: 0,
    next_attempt_at: due.toISOString(),
    last_reply: null,
    opens: 0,
    machine_opens: 0,
    clicks: 0,
    machine_clicks: 0,
    canonical,
    topic,
    tries: [],
  };
}

function enter(world: World, record: EmailRecord, message: MessageRecord, scheduled_at: Date | undefined): void {
  if (!scheduled_at || hitOf(world, message)) {
    queue(world, record, message);
    return;
  }
  message.status = 'scheduled';
  append(world, record, message, 'email.scheduled', { schedule: { scheduled_at: scheduled_at.toISOString() } });
  const promote = () => {
    if (message.status === 'scheduled') queue(world, record, message);
  };
  world.clock.at(scheduled_at, () => asWorker(world, promote));
}

/** The address may have been suppressed while the message waited. */
function queue(world: World, record: EmailRecord, message: MessageRecord): void {
  if (suppressed(world, record, message)) return;
  message.status = 'queued';
  append(world, record, message, 'email.queued', {});
  planAttempt(world, record, message, world.clock.now());
}

const ORDER: readonly MessageStatus[] = [
  'scheduled',
  'queued',
  'clicked',
  'opened',
  'delivered',
  'sent',
  'bounced',
  'complained',
  'failed',
  'suppressed',
  'canceled',
];

/** Sums up an email's messages: what is in flight first, then the most advanced success, then the ways out. */
export function emailStatus(messages: readonly { status: MessageStatus }[]): MessageStatus {
  return ORDER.find((status) => messages.some((message) => message.status === status)) as MessageStatus;
}
