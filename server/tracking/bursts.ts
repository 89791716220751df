/** Two different links of one message within this time: a scanner walks through them; a person reads in between. */
const BURST_MS = 1_000;
const MAX_MESSAGES = 10_000;

export interface Bursts {
  /** Whether another link of the message was followed a moment ago. Remembers this one. */
  isBurst(message_id: string, url: string, now_ms: number): boolean;
}

/** Within this process: what the same scanner asks of another one is not seen here. */
export function createBursts(): Bursts {
  const last = new Map<string, { url: string; at_ms: number }>();
  return {
    isBurst(message_id, url, at_ms) {
      const before = last.get(message_id);
      last.delete(message_id);
      last.set(message_id, { url, at_ms });
      const [oldest] = last.keys();
      if (last.size > MAX_MESSAGES && oldest !== undefined) last.delete(oldest);
      return before !== undefined && before.url !== url && at_ms - before.at_ms < BURST_MS;
    },
  };
}
