import type { Fault } from '../../../support/faulty-proxy.ts';
import { at } from '../faults.ts';

export interface Planted {
  what: string;
  /** The operations that are checked. */
  only: string[];
  /** How the kit must name it: the operation, or the path, and the rule. */
  found: string[];
  fault: Fault;
}

/** Keys of the tenants, for faults that mix them up. */
export interface Keys {
  own: string;
  stranger: string;
}

export const email = at('GET', /^\/emails\/em_\w+$/);
export const send = at('POST', /^\/emails$/);
export const suppress = at('POST', /^\/suppressions$/);
export const suppression = at('GET', /^\/suppressions\/.+/);
export const list = at('GET', /^\/suppressions$/);
export const isOf = (key: string, { headers }: { headers: Record<string, string> }) =>
  headers.authorization === `Bearer ${key}`;
