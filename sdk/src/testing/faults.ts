import type { ProblemCode } from '../generated/types.gen.ts';
import { type Operation, type OperationName, operations } from './generated/operations.gen.ts';
import { meaning, Refusal } from './problem.ts';

/** An answer of Koltrix that is a problem. One of `status` and `code` is enough. */
export interface ProblemFault {
  status?: number | undefined;
  code?: ProblemCode | undefined;
  detail?: string | undefined;
  /** `Retry-After`, in seconds or as a date. */
  retryAfter?: number | Date | undefined;
}

/**
 * No answer at all. `refused`: nothing of the request arrives. `lost-answer`: the request is carried out, and its answer is
 * lost on the way. `silence`: the answer never comes, until the caller gives up.
 */
export interface NetworkFault {
  network: 'refused' | 'lost-answer' | 'silence';
}

export type Fault = (ProblemFault | NetworkFault) & {
  /** How many requests it meets: 1. `Infinity` for an outage. */
  times?: number | undefined;
};

/** A fault that was planned. */
export interface PlannedFault {
  /** How many requests it has met. */
  readonly met: number;
  /** Ends it. */
  stop(): void;
}

interface Planned {
  operation: OperationName | '*';
  fault: Fault;
  left: number;
  met: number;
}

/** The faults that are planned, in their order: each request meets the first that is for it. */
export class Faults {
  #planned: Planned[] = [];

  plan(operation: OperationName | '*', fault: Fault): PlannedFault {
    check(operation, fault);
    const planned: Planned = { operation, fault, left: fault.times ?? 1, met: 0 };
    this.#planned.push(planned);
    return {
      get met() {
        return planned.met;
      },
      stop: () => {
        planned.left = 0;
      },
    };
  }

  take({ name }: Operation): Fault | undefined {
    const planned = this.#planned.find((p) => p.left > 0 && (p.operation === '*' || p.operation === name));
    if (!planned) return undefined;
    planned.left--;
    planned.met++;
    return planned.fault;
  }

  clear(): void {
    this.#planned = [];
  }
}

/** A mock must not teach an application answers that Koltrix never gives. */
function check(name: OperationName | '*', fault: Fault): void {
  const concerned = name === '*' ? operations : operations.filter((operation) => operation.name === name);
  if (!concerned.length) throw new TypeError(`There is no operation ${name}`);
  if ('network' in fault) return;
  const status = fault.status ?? (fault.code && meaning[fault.code].status);
  if (status === undefined || status < 400) throw new TypeError('A fault needs a status of 400 or more, or a code');
  if (fault.code && meaning[fault.code].status !== status) {
    throw new TypeError(`${fault.code} comes with the status ${meaning[fault.code].status}, not ${status}`);
  }
  const documented = concerned.some(({ problems }) => problems.includes(status)) || NOT_OURS.includes(status);
  if (!documented) {
    throw new TypeError(`${name} never answers ${status}; the contract has ${concerned[0]?.problems.join(', ')}`);
  }
}

/** What servers and proxies before Koltrix answer, and Koltrix itself before it knows the operation. */
const NOT_OURS = [408, 502, 504];

/** The codes to assume for a status that several share. */
const USUAL: Record<number, ProblemCode> = {
  400: 'invalid-request',
  403: 'forbidden',
  422: 'idempotency-key-reused',
};

/** The refusal that a fault stands for; undefined for a status that only a proxy answers. */
export function refusalOf(
  { status, code, detail, retryAfter }: ProblemFault,
  { takesIdempotencyKey }: Operation,
): Refusal | undefined {
  const isConflict = status === 409 && !code;
  const conflict = takesIdempotencyKey ? 'idempotency-key-in-progress' : 'invalid-state';
  const found = code ?? (isConflict ? conflict : USUAL[status ?? 0]) ?? codeOf(status);
  if (!found) return undefined;
  const retry_after_s = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter;
  return new Refusal(found, detail ?? `The mock was told to answer so: ${meaning[found].title}.`, { retry_after_s });
}

function codeOf(status: number | undefined): ProblemCode | undefined {
  return (Object.keys(meaning) as ProblemCode[]).find((code) => meaning[code].status === status);
}
