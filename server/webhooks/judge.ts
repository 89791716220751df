import { STATUS_CODES } from 'node:http';
import type { SettledTry } from '../store/webhook-attempts.sql.ts';
import { nextTryAt } from './schedule.ts';

/** What came back from one request. */
export interface Answer {
  /** Null when there was no answer. */
  status_code: number | null;
  /** Why there was none, in words. */
  error: string | null;
  /** `Location` of a redirect. */
  location: string | null;
  retry_after: string | null;
  /** The first 1 KB of the body as text without control characters. */
  response_excerpt: string | null;
  duration_ms: number;
  /** Cut off because this process stops. */
  interrupted: boolean;
}

export type Verdict = Pick<SettledTry, 'outcome' | 'state' | 'due_at' | 'tries' | 'error'>;

/** What an answer means for its delivery. `tries` counts those before this one. */
export function judge(answer: Answer, tries: number, { now, random }: { now: Date; random: number }): Verdict {
  const { status_code, retry_after } = answer;
  if (status_code === null && answer.interrupted) {
    return { outcome: 'interrupted', state: 'pending', due_at: now, tries, error: answer.error };
  }
  const made = tries + 1;
  if (status_code !== null && status_code >= 200 && status_code < 300) {
    return { outcome: 'delivered', state: 'delivered', due_at: null, tries: made, error: null };
  }
  const error = answer.error ?? describe(answer);
  if (status_code === 410) return { outcome: 'gone', state: 'exhausted', due_at: null, tries: made, error };
  const due_at = nextTryAt({ tries: made, retry_after, now, random }) ?? null;
  return { outcome: 'failed', state: due_at ? 'pending' : 'exhausted', due_at, tries: made, error };
}

function describe({ status_code, location }: Answer): string {
  const answered = `answered ${status_code} ${STATUS_CODES[status_code ?? 0] ?? ''}`.trimEnd();
  if (status_code === 410) return `${answered}: it wants no more`;
  if (status_code !== null && status_code >= 300 && status_code < 400) {
    return `${answered}: redirects are not followed${location === null ? '' : ` (to ${location})`}`;
  }
  return answered;
}
