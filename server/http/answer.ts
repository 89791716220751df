import type { ErrorRequestHandler, Response } from 'express';
import { Refusal } from '../errors/refusal.ts';
import type { Problem } from '../generated/types.gen.ts';
import type { Log } from '../store/log.ts';
import { meaning } from './problem.ts';
import { refusalOfValidator } from './validate.ts';

/** The last middleware: whatever was thrown becomes problem+json. An internal error shows no internals. */
export function answerProblems(log: Log): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const refusal = error instanceof Refusal ? error : refusalOfValidator(error);
    if (!refusal)
      log.error(
        { err: error, request_id: response.locals.request_id, method: request.method, path: request.path },
        'request failed',
      );
    if (response.headersSent) return void response.destroy();
    sendProblem(response, refusal ?? internal(), request.originalUrl);
  };
}

function internal(): Refusal {
  return new Refusal('internal-error', 'The request may be retried. Name the request id when you report this.');
}

export function sendProblem(response: Response, refusal: Refusal, url: string): void {
  const body = problemOf(refusal, url, response.locals.request_id as string);
  if (refusal.code === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
  if (refusal.retry_after_s !== undefined || body.status === 429 || body.status === 503) {
    response.setHeader('Retry-After', String(refusal.retry_after_s ?? 1));
  }
  response.status(body.status).setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.end(JSON.stringify(body));
}

export function problemOf(refusal: Refusal, url: string, request_id: string): Problem {
  const { status, title, retryable } = meaning[refusal.code];
  return {
    type: `/problems/${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    instance: url.split('?', 1)[0] as string,
    request_id,
    retryable,
    ...(refusal.faults.length && { errors: refusal.faults.slice(0, 50) }),
  };
}
