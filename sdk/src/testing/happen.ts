import type { Event, EventType, MessageStatus, SuppressionReason } from '../generated/types.gen.ts';
import { canonicalAddress } from './address.ts';
import { type DeepPartial, merged } from './fake-event.ts';
import { eventExamples } from './generated/events.gen.ts';
import { append, type DetailOf } from './log.ts';
import { suppress } from './suppressions.ts';
import type { EmailRecord, MessageRecord, World } from './world.ts';

/** What a recipient or his server may do with a message that is on its way or has arrived. */
export type OutsideEvent = Exclude<
  EventType,
  'email.scheduled' | 'email.queued' | 'email.suppressed' | 'email.canceled'
>;

/** Whose message: all recipients of an email, or one of them; or the newest mail to an address. */
export type Target = { email_id: string; to?: string | undefined } | { to: string };

const RANK: readonly MessageStatus[] = [
  'scheduled',
  'queued',
  'sent',
  'delivered',
  'opened',
  'clicked',
  'suppressed',
  'canceled',
  'failed',
  'bounced',
  'complained',
];

const SUPPRESSES = new Map<OutsideEvent, SuppressionReason>([
  ['email.bounced', 'hard'],
  ['email.complained', 'complaint'],
  ['email.unsubscribed', 'unsubscribe'],
]);

/**
 * Lets something happen to a message that no request causes: an open, a click, a late bounce. Its status moves forward, the
 * event goes to the log, the stream and the webhooks. Throws when there is no such message.
 */
export function happen<Type extends OutsideEvent>(
  world: World,
  type: Type,
  target: Target,
  detail: DeepPartial<DetailOf<Type>> = {} as DeepPartial<DetailOf<Type>>,
): Event[] {
  const found = messagesOf(world, target);
  if (!found.length) throw new Error(`There is no mail to which ${type} could happen: ${JSON.stringify(target)}`);
  const happened = found.map(([record, message]) => {
    const said = detailOf(type, detail) as DetailOf<Type>;
    if (!counts(message, said)) moveForward(message, type.slice('email.'.length) as MessageStatus);
    const reason = SUPPRESSES.get(type);
    if (reason) suppress(world, message, reason, null);
    return append(world, record, message, type, said);
  });
  world.clock.runDue();
  world.changed();
  return happened;
}

/** Counts an open or a click; true when it was a machine's, which moves no status. */
function counts(message: MessageRecord, said: { open?: { machine: boolean }; click?: { machine: boolean } }): boolean {
  const machine = (said.open ?? said.click)?.machine ?? false;
  if (said.open) message[machine ? 'machine_opens' : 'opens']++;
  if (said.click) message[machine ? 'machine_clicks' : 'clicks']++;
  return machine;
}

/** What the example says beyond what every event says, with the changes. */
function detailOf(type: OutsideEvent, changes: object): object {
  const common = Object.keys(eventExamples['email.queued'].data);
  const own = Object.entries(eventExamples[type].data).filter(([name]) => !common.includes(name));
  return merged(Object.fromEntries(own), changes);
}

function messagesOf({ emails }: World, target: Target): [EmailRecord, MessageRecord][] {
  const wanted = target.to === undefined ? undefined : canonicalAddress(target.to);
  const fitting = ({ canonical }: MessageRecord) => wanted === undefined || canonical === wanted;
  const records = [...emails.values()].filter(
    ({ email, messages }) => (!('email_id' in target) || email.id === target.email_id) && messages.some(fitting),
  );
  const record = records.at(-1);
  return record ? record.messages.filter(fitting).map((message) => [record, message]) : [];
}

/** An unsubscription, a delay: these are events and no states. */
function moveForward(message: MessageRecord, status: MessageStatus): void {
  if (RANK.indexOf(status) <= RANK.indexOf(message.status)) return;
  Object.assign(message, { status, next_attempt_at: null });
}
