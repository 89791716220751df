import type { World } from './world.ts';

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
