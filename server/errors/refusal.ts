import type { Fault, ProblemCode } from '../generated/types.gen.ts';

/**
 * A domain "no": a code of the closed set, words for the caller, and the faulty places. It knows no protocol; HTTP and
 * SMTP each map the code to their own answer.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly faults: readonly Fault[];
  /** When a retry makes sense, in seconds; for the codes that are retryable. */
  readonly retry_after_s: number | undefined;

  constructor(code: ProblemCode, detail: string, options: { faults?: readonly Fault[]; retry_after_s?: number } = {}) {
    super(detail);
    this.code = code;
    this.faults = options.faults ?? [];
    this.retry_after_s = options.retry_after_s;
  }
}

/** One or more faults of the request's content. */
export function invalid(...faults: Fault[]): Refusal {
  const detail =
    faults.length === 1 && faults[0]
      ? `${faults[0].pointer.replace(/:$/, '') || 'The body'}: ${faults[0].detail}`
      : `The request has ${faults.length} faults; see errors.`;
  return new Refusal('invalid-request', detail, { faults });
}

export function notFound(what: string): Refusal {
  return new Refusal('not-found', `There is no ${what} with this id.`);
}
