import { randomUUID } from 'node:crypto';
import { APIError, type RequestOptions } from 'koltrix';
import type { Authenticator, Caller } from './authenticate.ts';
import { idempotencyKeyOf } from './headers.ts';
import type { RelayLimits } from './limits.ts';
import type { Log } from './log.ts';
import type { Message } from './receive.ts';
import { accepted, replies, replyToProblem, type SmtpReply } from './reply.ts';

/** MAIL FROM and RCPT TO: the only senders and recipients the relay knows of. */
interface Envelope {
  mail_from: string;
  rcpt_to: string[];
}

interface Deps {
  authenticator: Pick<Authenticator, 'forget'>;
  limits: Pick<RelayLimits, 'answer_timeout_ms' | 'data_timeout_ms'>;
  log: Log;
  /** Aborted when the relay gives up on what is still under way. */
  stop: AbortSignal;
}

/**
 * Hands one message to the API and resolves with the reply to DATA; never rejects. A message that is whole is sent
 * again while the API is away, as long as the client may be kept waiting, under one idempotency key; a stream cannot be.
 *
 * @param ended - resolves at the end of DATA; from then on the client waits for the answer
 */
export type Submit = (
  caller: Caller,
  envelope: Envelope,
  message: Message,
  ended: Promise<unknown>,
) => Promise<SmtpReply>;

export function createSubmit({ authenticator, limits, log, stop }: Deps): Submit {
  let away = false;

  /** An outage is one line at its start and one at its end, however many messages it costs. */
  const noteAway = (now: boolean, reason?: string): void => {
    if (now === away) return;
    away = now;
    if (now) log.warn({ reason }, 'the API does not answer; messages are put off with 451');
    else log.info({}, 'the API answers again');
  };

  const patienceFor = (message: Message, ended: Promise<unknown>): RequestOptions => {
    const { answer_timeout_ms, data_timeout_ms } = limits;
    if (!(message.body instanceof ReadableStream)) {
      return { signal: stop, timeout_ms: answer_timeout_ms, total_timeout_ms: answer_timeout_ms };
    }
    const late = new AbortController();
    void ended.then(() => setTimeout(() => late.abort(new Error('no answer in time')), answer_timeout_ms).unref());
    const timeout_ms = data_timeout_ms + answer_timeout_ms;
    return { signal: AbortSignal.any([stop, late.signal]), timeout_ms, maxRetries: 0 };
  };

  return async (caller, envelope, message, ended) => {
    const named = idempotencyKeyOf(message.headers);
    if ('refused' in named) {
      if (message.body instanceof ReadableStream) await message.body.cancel();
      return named.refused;
    }
    try {
      const email = await caller.koltrix.emails.sendRaw(
        message.body,
        { mail_from: envelope.mail_from, rcpt_to: envelope.rcpt_to, source: 'smtp' },
        { idempotencyKey: named.key ?? newKey(), ...patienceFor(message, ended) },
      );
      // Anything else than an id did not come from Koltrix, and nothing was committed.
      if (!email?.id?.startsWith('em_')) throw new TypeError('the answer to a raw message has no id');
      noteAway(false);
      return accepted(email.id);
    } catch (error) {
      if (error instanceof APIError && error.fromProblem) {
        if (error.code === 'unauthenticated') authenticator.forget(caller);
        noteAway(error.code === 'unavailable', error.detail);
        return replyToProblem(error.code, wordsOf(error));
      }
      if (!stop.aborted) noteAway(true, error instanceof Error ? error.message : String(error));
      return replies.apiAway;
    }
  };
}

/** It begins with the time, so that the API's index of keys grows at its end: keys all over it would each cost a page. */
function newKey(): string {
  return `smtp-${Date.now().toString(36)}-${randomUUID()}`;
}

/** The problem's own words and its first fault, which says where, unless they have said it already. */
function wordsOf({ detail, errors }: APIError): string {
  const [fault] = errors;
  return fault && !detail?.endsWith(fault.detail) ? `${detail} (${fault.pointer} ${fault.detail})` : detail;
}
