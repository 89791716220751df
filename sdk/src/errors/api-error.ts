import type { Fault, ProblemCode } from '../generated/types.gen.ts';
import type { RateLimit } from '../rate-limit.ts';
import { isA, KoltrixError } from './koltrix-error.ts';

/** What an answer with an error status says. */
export interface APIErrorFields {
  /** The HTTP status. */
  status: number;
  /** The problem's code; `unknown` when the answer was no problem document and its status tells nothing either. */
  code: ProblemCode | 'unknown';
  /** What happened and what to do, in words. */
  detail: string;
  /** The faults of the request, each with a pointer to its place; empty when there are none to name. */
  errors: readonly Fault[];
  /** Name it when you report a problem; undefined when the answer did not come from Koltrix. */
  request_id: string | undefined;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** The server's own verdict, or a guess by the status because the answer was no problem document? */
  fromProblem: boolean;
  /** How long the server asks to wait before a retry. */
  retryAfter_ms: number | undefined;
  /** What is left of the quota; undefined when the answer does not say. */
  rate_limit: RateLimit | undefined;
}

/** The server answered with an error. The subclasses name the family; `code` is the exact reason. */
export class APIError extends KoltrixError implements APIErrorFields {
  declare readonly status: number;
  declare readonly code: ProblemCode | 'unknown';
  declare readonly detail: string;
  declare readonly errors: readonly Fault[];
  declare readonly request_id: string | undefined;
  declare readonly retryable: boolean;
  declare readonly fromProblem: boolean;
  declare readonly retryAfter_ms: number | undefined;
  declare readonly rate_limit: RateLimit | undefined;

  constructor(fields: APIErrorFields) {
    super(summary(fields));
    Object.assign(this, fields);
  }

  override get name(): string {
    return 'APIError';
  }
}

export function isAPIError(error: unknown): error is APIError {
  return isA(error, APIError);
}

/** One line that is enough in a log: the words, each fault, then what to search for. */
function summary({ status, code, detail, errors, request_id }: APIErrorFields): string {
  // The server names a single fault in the detail already.
  const further = errors.filter((fault) => !detail.includes(fault.detail));
  const faults = further.map((fault) => `; ${fault.pointer} ${fault.detail}`).join('');
  return `${detail}${faults} [${[status, code, request_id].filter(Boolean).join(' ')}]`;
}
