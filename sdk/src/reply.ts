import { type RateLimit, rateLimitOf } from './rate-limit.ts';

/** What an answer says beside its body. */
export interface ResponseInfo {
  /** The HTTP status. */
  status: number;
  /** Name it when you report a problem; undefined when something before Koltrix answered. */
  request_id: string | undefined;
  /** True when this is the stored answer of an earlier request with the same idempotency key. */
  replayed: boolean;
  /** Undefined when the answer does not say. */
  rate_limit: RateLimit | undefined;
  headers: Headers;
}

export interface WithResponse<T> {
  data: T;
  response: ResponseInfo;
}

/** A promise of an answer's body, from which the rest of the answer can be had too. */
export interface Reply<T> extends Promise<T> {
  /** The body as `data`, and beside it what the answer's status and headers say. */
  withResponse: () => Promise<WithResponse<T>>;
}

/** @typeParam T - what the contract says the body is */
export function replyOf<T>(exchange: Promise<WithResponse<unknown>>): Reply<T> {
  const answer = exchange as Promise<WithResponse<T>>;
  const data = answer.then((it) => it.data);
  return Object.assign(data, {
    withResponse: () => {
      // Whoever asks for the whole answer handles its failure there; the promise left behind must not report it too.
      data.catch(() => {});
      return answer;
    },
  });
}

export function infoOf({ status, headers }: Response): ResponseInfo {
  return {
    status,
    request_id: headers.get('x-request-id') ?? undefined,
    replayed: headers.get('idempotent-replayed') === 'true',
    rate_limit: rateLimitOf(headers),
    headers,
  };
}
