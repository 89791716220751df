import type { Operation } from '../spec/contract.ts';

/** What a fault is against. The first eight are looked at in every answer, the others by requests made for them. */
export const ruleWords = {
  status: 'answers with documented statuses',
  headers: 'sends the documented headers',
  'content-type': 'says the documented content type',
  schema: 'answers as the schema says',
  'undocumented-field': 'answers nothing that the contract does not name',
  problem: 'tells problems as RFC 9457 and the contract have them',
  timestamp: 'gives true times in UTC',
  'server-error': 'never fails by itself',
  connection: 'answers every request',
  example: 'takes the documented examples',
  valid: 'takes what the schema allows',
  invalid: 'refuses what the schema does not allow',
  pointer: 'points at the fault',
  authentication: 'asks who calls',
  scope: 'keeps to the scopes of keys',
  idempotency: 'executes one key once',
  pagination: 'gives each item of a list once',
  'not-found': 'does not find what is not there',
  tenancy: 'does not show a tenant’s things to others',
  method: 'refuses methods that are not documented',
  'media-type': 'refuses bodies that it does not take',
  size: 'refuses bodies that are too large',
  stream: 'streams the log with nothing skipped or doubled',
} as const;

export type Rule = keyof typeof ruleWords;

export interface Excerpt {
  request: string;
  response: string;
  /** Repeats the request; the key comes from the environment. */
  curl: string;
}

export interface Fault {
  rule: Rule;
  message: string;
  /** JSON pointer into the contract. */
  place: string;
  excerpt: Excerpt | undefined;
  /** How often it was seen. */
  times: number;
}

export interface Check {
  rule: Rule;
  /** What was tried. */
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  reason?: string;
  faults: Fault[];
}

/** The operation that a check belongs to; paths that no operation has are told as such. */
export type Subject = Pick<Operation, 'id' | 'method' | 'path'>;

export interface Ledger {
  passed(subject: Subject, rule: Rule, name: string): void;
  skipped(subject: Subject, rule: Rule, name: string, reason: string): void;
  failed(subject: Subject, rule: Rule, name: string, fault: Omit<Fault, 'times' | 'rule'>): void;
  bySubject(): { subject: Subject; checks: Check[] }[];
}

export function openLedger(): Ledger {
  const subjects = new Map<string, { subject: Subject; checks: Map<string, Check> }>();
  const entry = (subject: Subject, rule: Rule, name: string): Check => {
    const known = subjects.get(subject.id) ?? { subject, checks: new Map<string, Check>() };
    subjects.set(subject.id, known);
    const key = `${rule} ${name}`;
    const check = known.checks.get(key) ?? { rule, name, outcome: 'passed', faults: [] };
    known.checks.set(key, check);
    return check;
  };
  return {
    passed: (subject, rule, name) => void entry(subject, rule, name),
    skipped(subject, rule, name, reason) {
      const check = entry(subject, rule, name);
      if (check.faults.length === 0) Object.assign(check, { outcome: 'skipped', reason });
    },
    failed(subject, rule, name, { message, place, excerpt }) {
      const check = entry(subject, rule, name);
      check.outcome = 'failed';
      delete check.reason;
      const same = check.faults.find((fault) => fault.message === message && fault.place === place);
      if (same) same.times++;
      else check.faults.push({ rule, message, place, excerpt, times: 1 });
    },
    bySubject: () => [...subjects.values()].map(({ subject, checks }) => ({ subject, checks: [...checks.values()] })),
  };
}
