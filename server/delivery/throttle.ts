/** How hard one receiver is pressed: less when it says so, and gradually more again. */
export interface Throttle {
  /** Connections that may be open now. */
  connections(): number;
  /** Until when it is left alone altogether; undefined when mail may go. */
  pausedUntil(now: Date): Date | undefined;
  /** It has asked for less. */
  slowDown(now: Date): void;
  /** It has taken a message. */
  accepted(): void;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Messages taken that earn one connection more. */
const TAKEN_FOR_ONE_MORE = 10;

/** `most`: the connections that may be open when it asks for nothing. That may change with time. */
export function createThrottle(most: () => number): Throttle {
  let allowed = Number.POSITIVE_INFINITY;
  let pause_ms = 0;
  let paused_until_ms = 0;
  let taken = 0;
  return {
    connections: () => Math.min(allowed, most()),
    pausedUntil: (now) => (paused_until_ms > now.getTime() ? new Date(paused_until_ms) : undefined),
    slowDown(now) {
      taken = 0;
      // What several connections are told at once is told once.
      if (paused_until_ms > now.getTime()) return;
      allowed = Math.max(1, Math.floor(Math.min(allowed, most()) / 2));
      pause_ms = Math.min(Math.max(FIRST_PAUSE_MS, pause_ms * 2), LONGEST_PAUSE_MS);
      paused_until_ms = now.getTime() + pause_ms;
    },
    accepted() {
      if (++taken < TAKEN_FOR_ONE_MORE) return;
      taken = 0;
      allowed = allowed < most() ? allowed + 1 : Number.POSITIVE_INFINITY;
      pause_ms /= 2;
    },
  };
}

const GREYLISTED = /gr[ae]y.?list/i;

/** Whether a reply asks us, and not just this message, to slow down. Greylisting is about one message. */
export function asksForLess({
  smtp_code,
  enhanced_code,
  text,
}: {
  smtp_code: number | null;
  enhanced_code: string | null;
  text: string;
}): boolean {
  if (GREYLISTED.test(text)) return false;
  return smtp_code === 421 || (enhanced_code?.startsWith('4.7.') ?? false);
}
