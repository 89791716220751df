import type { TrackingLinks } from '../mail/tracking/links.ts';
import { isMachineClick, isMachineOpen, mayBeEither, type Visit } from '../mail/tracking/machine.ts';
import type { Database } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import type { Log } from '../store/log.ts';
import { findWish, type UnsubscribeWish, unsubscribe } from '../store/unsubscribes.sql.ts';
import { createBursts } from './bursts.ts';
import { createRecorder } from './recorder.ts';

export interface TrackingDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  links: TrackingLinks;
  log: Log;
  now(): Date;
  newId(): string;
}

/** Whoever asks is a stranger; a token that was not signed here answers undefined and does nothing. */
export interface Tracking extends AsyncDisposable {
  /** Counts an open. Resolves when it is recorded, at the latest after a second; false for a forged token. */
  open(token: string, visit: Omit<Visit, 'is_burst'>): Promise<boolean>;
  /** Counts a click and answers where it leads, at the latest after a second, whatever the database does. */
  click(token: string, target: string, visit: Omit<Visit, 'is_burst'>): Promise<string | undefined>;
  /** Who would be unsubscribed from whose mail. Changes nothing. */
  wish(token: string): Promise<UnsubscribeWish | undefined>;
  unsubscribe(token: string, method: 'one-click' | 'page'): Promise<UnsubscribeWish | undefined>;
}

export function createTracking(deps: TrackingDeps): Tracking {
  const { db, hints, links, now, newId } = deps;
  const recorder = createRecorder(deps);
  const bursts = createBursts();
  return {
    async open(token, visit) {
      const claim = links.readOpen(token);
      if (!claim) return false;
      await recorder.record({
        ...claim,
        event_id: newId(),
        type: 'email.opened',
        machine: isMachineOpen(visit),
        machine_when_early: mayBeEither(visit),
        user_agent: visit.user_agent,
        url: null,
      });
      return true;
    },
    async click(token, target, visit) {
      const claim = links.readClick(token, target);
      if (!claim) return undefined;
      const { message_id, url } = claim;
      const is_burst = bursts.isBurst(message_id, url, now().getTime());
      await recorder.record({
        message_id,
        event_id: newId(),
        type: 'email.clicked',
        machine: isMachineClick({ ...visit, is_burst }),
        machine_when_early: false,
        user_agent: visit.user_agent,
        url,
      });
      return url;
    },
    async wish(token) {
      const claim = links.readUnsubscribe(token);
      return claim && findWish(db, claim.message_id);
    },
    async unsubscribe(token, method) {
      const claim = links.readUnsubscribe(token);
      const wish = claim && (await findWish(db, claim.message_id));
      if (!claim || !wish) return undefined;
      const done = await unsubscribe(db, { message_id: claim.message_id, event_id: newId(), method, now: now() });
      if (done) hints.give(`events:${done.tenant_id}`);
      if (done?.webhooks) hints.give('webhooks');
      return wish;
    },
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}
