import type { APIError } from './errors/api-error.ts';
import type { AcceptedEmail, Fault, SendEmail } from './generated/types.gen.ts';
import type { KeyedRequestOptions } from './options.ts';

/** What became of one email of `sendMany`: `email` when it was accepted, `error` when it was not. */
export type SendManyResult<E> = {
  /** Its place among the emails, from 0. */
  index: number;
  /** As you gave it. */
  input: E;
} & ({ email: AcceptedEmail; error?: undefined } | { email?: undefined; error: NonNullable<unknown> });

interface Steps<E> {
  prepare: (input: E) => Promise<SendEmail>;
  send: (emails: SendEmail[], options: KeyedRequestOptions) => Promise<AcceptedEmail[]>;
}

interface Item<E> {
  index: number;
  input: E;
  email: SendEmail;
}

const MOST_EMAILS = 500;
/** 25 MB less what stands around the emails. */
const MOST_bytes = 25 * 2 ** 20 - 64;

/** A module of its own, loaded by the first call: most applications send one email at a time. */
export async function* sendMany<E>(
  inputs: Iterable<E> | AsyncIterable<E>,
  options: KeyedRequestOptions,
  { prepare, send }: Steps<E>,
): AsyncGenerator<SendManyResult<E>, void, undefined> {
  const encoder = new TextEncoder();
  let batch: Item<E>[] = [];
  let size_bytes = 0;
  let index = 0;
  let batches = 0;
  const flush = () => {
    const full = batch;
    [batch, size_bytes] = [[], 0];
    const key = options.idempotencyKey && `${options.idempotencyKey}/${++batches}`;
    return settle(full, { ...options, idempotencyKey: key }, send);
  };
  for await (const input of inputs) {
    options.signal?.throwIfAborted();
    const item = { index: index++, input };
    let email: SendEmail;
    try {
      email = await prepare(input);
    } catch (error) {
      yield { ...item, error: error as NonNullable<unknown> };
      continue;
    }
    const email_bytes = encoder.encode(JSON.stringify(email)).length + 1;
    if (batch.length === MOST_EMAILS || (batch.length && size_bytes + email_bytes > MOST_bytes)) yield* flush();
    batch.push({ ...item, email });
    size_bytes += email_bytes;
  }
  if (batch.length) yield* flush();
}

/**
 * Sends a batch, which is accepted whole or not at all. One that is refused for some of its emails goes again without
 * them; where the refusal does not say for which, it is halved until only they are left.
 */
async function* settle<E>(
  batch: Item<E>[],
  options: KeyedRequestOptions,
  send: Steps<E>['send'],
): AsyncGenerator<SendManyResult<E>, void, undefined> {
  const { idempotencyKey, signal } = options;
  const parts = [batch];
  let accepted = 0;
  for (let part = parts.pop(); part; part = parts.pop()) {
    let emails: AcceptedEmail[];
    try {
      emails = await send(
        part.map(({ email }) => email),
        // The first part to be accepted takes the batch's own key. So when a later run finds nothing to refuse any
        // more, it meets a key that stands for another request rather than sending that part again.
        { ...options, idempotencyKey: idempotencyKey && accepted ? `${idempotencyKey}.${accepted}` : idempotencyKey },
      );
    } catch (error) {
      if (signal?.aborted) throw error;
      const refused = refusals(error, part);
      if (refused.size) {
        for (const [at, refusal] of refused) yield resultOf(part[at] as Item<E>, { error: refusal });
        const rest = part.filter((_, at) => !refused.has(at));
        if (rest.length) parts.push(rest);
      } else if (part.length > 1 && isAboutContent(error)) {
        const half = Math.ceil(part.length / 2);
        parts.push(part.slice(half), part.slice(0, half));
      } else {
        for (const item of part) yield resultOf(item, { error: error as NonNullable<unknown> });
      }
      continue;
    }
    accepted++;
    for (const [at, item] of part.entries()) yield resultOf(item, { email: emails[at] as AcceptedEmail });
  }
}

const resultOf = <E, Outcome>({ index, input }: Item<E>, outcome: Outcome) => ({ index, input, ...outcome });

/** For each email that the error is about, by its place: the error that it would have had alone. */
function refusals<E>(error: unknown, part: Item<E>[]): Map<number, APIError> {
  if (!isAnswer(error)) return new Map();
  const faults = new Map<number, Fault[]>();
  for (const { pointer, detail } of error.errors) {
    const [, place, inside = ''] = /^\/emails\/(\d+)(.*)/.exec(pointer) ?? [];
    const at = Number(place);
    if (part[at]) faults.set(at, [...(faults.get(at) ?? []), { pointer: inside, detail }]);
  }
  if (error.code === 'domain-not-verified') spread(faults, part);
  return new Map(Array.from(faults, ([at, errors]) => [at, withFaults(error, errors)]));
}

/** Of the emails of one domain, which share its verdict, the refusal names the first only. */
function spread<E>(faults: Map<number, Fault[]>, part: Item<E>[]): void {
  const byDomain = new Map(Array.from(faults, ([at, errors]) => [domainOf(part[at]), errors]));
  for (const [at, item] of part.entries()) {
    const errors = byDomain.get(domainOf(item));
    if (errors && !faults.has(at)) faults.set(at, errors);
  }
}

const domainOf = (item: Item<unknown> | undefined) =>
  /@([^@>]*)>?\s*$/.exec(item?.email.from ?? '')?.[1]?.toLowerCase();

function withFaults(error: APIError, errors: Fault[]): APIError {
  const detail = errors.map((fault) => `${fault.pointer}: ${fault.detail}`).join('; ');
  return new (error.constructor as typeof APIError)({ ...error, detail, errors });
}

/** Would a part of the batch fare better? Not when the whole request is at fault, its API key for one. */
const isAboutContent = (error: unknown) =>
  isAnswer(error) &&
  !error.errors.length &&
  ['invalid-request', 'payload-too-large', 'domain-not-verified', 'too-many-recipients'].includes(error.code);

/** By its shape: bundlers would put a class that two chunks import into a third one, which every page then loads. */
const isAnswer = (error: unknown): error is APIError => error instanceof Error && 'fromProblem' in error;
