import type { Rule } from './ledger.ts';

/** What is wrong with one answer. */
export interface Verdict {
  rule: Rule;
  message: string;
  /** JSON pointer into the contract. */
  place: string;
}
