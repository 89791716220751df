/** Answers that are looked up once for all who ask, and kept for a while. */
export interface Memory<Answer> {
  /** The remembered answer, or the one that `ask` gives; those who come meanwhile wait for the same. */
  get(name: string, ask: () => Promise<Answer>): Promise<Answer>;
}

export interface MemoryOptions<Answer> {
  now(): Date;
  /** How long an answer is good for. */
  keepFor_ms(answer: Answer): number;
  most: number;
}

/** A question that fails is not remembered. */
export function createMemory<Answer>({ now, keepFor_ms, most }: MemoryOptions<Answer>): Memory<Answer> {
  const known = new Map<string, { answer: Promise<Answer>; until_ms: number }>();

  function forgetOld(): void {
    const now_ms = now().getTime();
    for (const [name, { until_ms }] of known) if (until_ms <= now_ms) known.delete(name);
    // A map keeps the order of insertion: the oldest go first.
    for (const name of known.keys()) {
      if (known.size <= most / 2) return;
      known.delete(name);
    }
  }

  return {
    get(name, ask) {
      const remembered = known.get(name);
      if (remembered && remembered.until_ms > now().getTime()) return remembered.answer;
      if (known.size >= most) forgetOld();
      const entry = { answer: ask(), until_ms: Number.POSITIVE_INFINITY };
      known.set(name, entry);
      entry.answer.then(
        (answer) => {
          entry.until_ms = now().getTime() + keepFor_ms(answer);
        },
        () => {
          if (known.get(name) === entry) known.delete(name);
        },
      );
      return entry.answer;
    },
  };
}
