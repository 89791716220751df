import type { SuppressionReason } from '../generated/types.gen.ts';
import type { MessageRecord, World } from './world.ts';

const DAY_ms = 24 * 3_600_000;
const FOR_GOOD: readonly SuppressionReason[] = ['hard', 'complaint', 'unsubscribe'];

/** Under which an address is suppressed: from all mail, or from that of one topic. */
export function suppressionKey(canonical: string, topic: string | null): string {
  return `${topic ?? ''} ${canonical}`;
}

/** The live suppression of an address. */
export function suppressionOf({ suppressions, clock }: World, canonical: string, topic: string | null) {
  const hit = suppressions.get(suppressionKey(canonical, topic));
  const isLive = hit && (hit.expires_at === null || new Date(hit.expires_at) > clock.now());
  return isLive ? hit : undefined;
}

/** What keeps a message from its recipient: a suppression from all mail, or from its topic's. */
export function hitOf(world: World, { canonical, topic }: MessageRecord) {
  return suppressionOf(world, canonical, null) ?? (topic === null ? undefined : suppressionOf(world, canonical, topic));
}

/**
 * A verdict on the address and a wish are for good, any other for a day; one for good is never shortened. A wish may be
 * about the message's topic alone.
 */
export function suppress(
  { suppressions, clock }: World,
  message: MessageRecord,
  reason: SuppressionReason,
  diagnostic: string | null,
): void {
  const { id, canonical: address } = message;
  const topic = reason === 'unsubscribe' ? message.topic : null;
  const key = suppressionKey(address, topic);
  const known = suppressions.get(key);
  if (known && known.expires_at === null) return;
  const now = clock.now();
  suppressions.set(key, {
    address,
    topic,
    reason,
    source_message_id: id,
    diagnostic,
    created_at: now.toISOString(),
    expires_at: FOR_GOOD.includes(reason) ? null : new Date(now.getTime() + DAY_ms).toISOString(),
  });
}
