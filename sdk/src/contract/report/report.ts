import type { Check, Subject } from '../world/ledger.ts';

/** How a deployment keeps to the contract. Durations are milliseconds, times RFC 3339. */
export interface ContractReport {
  contract: { title: string; version: string };
  base_url: string;
  started_at: string;
  duration_ms: number;
  requests: number;
  /** Whether every check that was wanted could be made; `reason` says why not. */
  complete: boolean;
  reason?: string;
  summary: { passed: number; failed: number; skipped: number; faults: number };
  operations: OperationReport[];
  /** What the kit made and could not remove. */
  left_behind: string[];
}

export interface OperationReport extends Subject {
  checks: Check[];
}

export function summaryOf(operations: OperationReport[]): ContractReport['summary'] {
  const checks = operations.flatMap((operation) => operation.checks);
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  const faults = checks.reduce((sum, check) => sum + check.faults.length, 0);
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), faults };
}

/** 0: it holds. 1: there are faults. 2: it could not be judged to the end. */
export function exitCodeOf({ summary, complete }: ContractReport): 0 | 1 | 2 {
  if (summary.failed > 0) return 1;
  return complete ? 0 : 2;
}
