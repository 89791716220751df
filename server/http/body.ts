import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import { invalid, Refusal } from '../errors/refusal.ts';
import type { Route } from '../generated/handlers.gen.ts';
import { textFaults } from './text-faults.ts';

export const MAX_REQUEST_BYTES = 25 * 1024 * 1024;

const LARGE_BYTES = 256 * 1024;

/** What a look at a body's bytes has told. */
interface Looks {
  suspect?: boolean;
  large?: boolean;
}

/** Whether the JSON is so long that looking at all of it in detail would cost much. */
export function isLarge(request: object): boolean {
  return (request as Looks).large ?? false;
}

const json = express.raw({
  limit: MAX_REQUEST_BYTES,
  type: ['application/json'],
  verify(request, _response, bytes) {
    const charset = /;\s*charset="?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset && !/^utf-?8$/i.test(charset))
      throw new Refusal('unsupported-media-type', `Send JSON in UTF-8, not in ${clean(charset)}.`);
    // Decoding would replace broken bytes silently, and the mail would not say what its sender meant.
    if (!isUtf8(bytes)) throw invalid({ pointer: '', detail: 'the body is not valid UTF-8' });
    Object.assign(request, { suspect: mayHoldBadText(bytes), large: bytes.length > LARGE_BYTES } satisfies Looks);
  },
});

const raw = express.raw({ limit: MAX_REQUEST_BYTES, type: ['message/rfc822', 'text/csv'] });

/** Reads the body that the operation takes; of another type it is refused unread. */
export function readBody({ consumes, bodyRequired }: Pick<Route, 'consumes' | 'bodyRequired'>): RequestHandler {
  if (consumes === 'message/rfc822' || consumes === 'text/csv') {
    return (request, response, next) => {
      requireType(request, consumes);
      raw(request, response, withBody(request, next));
    };
  }
  return (request, response, next) => {
    if (consumes !== undefined && (bodyRequired || hasBody(request))) requireType(request, consumes);
    const read = withBody(request, next);
    json(request, response, (error?: unknown) => read(error ?? parse(request, bodyRequired)));
  };
}

/** Replaces the bytes by what they say; answers the fault when they say nothing, or what no text can hold. */
function parse(request: Request, required: boolean): Refusal | undefined {
  if (!Buffer.isBuffer(request.body) || !request.body.length) {
    request.body = undefined;
    return required ? invalid({ pointer: '', detail: 'a body is required; it is empty' }) : undefined;
  }
  try {
    // A byte order mark is no part of JSON, but some libraries write one.
    request.body = JSON.parse(request.body.toString('utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    return invalid({ pointer: '', detail: `the body is not valid JSON: ${clean((error as Error).message)}` });
  }
  const faults = (request as Looks).suspect ? textFaults(request.body) : [];
  return faults.length ? invalid(...faults) : undefined;
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function requireType(request: Request, consumes: string): void {
  if (request.is(consumes) !== false) return;
  throw new Refusal('unsupported-media-type', `Send the body as ${consumes}, and say so in Content-Type.`);
}

/** Maps the parser's errors to refusals. */
function withBody(
  request: { headers: Record<string, unknown> },
  next: (error?: unknown) => void,
): (error?: unknown) => void {
  return (error) => {
    const { type, status } = (error ?? {}) as { type?: string; status?: number };
    if (error instanceof Refusal) return next(error);
    if (type !== undefined) return next(refusalOf(type, error as Error, request));
    // zlib's own error, which the parser passes on.
    const unpacking = status === 400 && request.headers['content-encoding'] !== undefined;
    next(unpacking ? invalid({ pointer: 'Content-Encoding:', detail: 'the body does not decompress as this' }) : error);
  };
}

function refusalOf(type: string, error: Error, request: { headers: Record<string, unknown> }): unknown {
  switch (type) {
    case 'entity.too.large':
      return new Refusal('payload-too-large', 'A request may have 25 MB in all; send larger files as links.');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Refusal('unsupported-media-type', `Send UTF-8, bare or with gzip; not ${clean(error.message)}.`);
    case 'request.aborted':
    case 'request.size.invalid':
      return invalid({
        pointer: 'Content-Length:',
        detail: `the body ended early (${request.headers['content-length'] ?? 'chunked'})`,
      });
    default:
      return error;
  }
}

function clean(message: string): string {
  return JSON.stringify(message.slice(0, 120)).slice(1, -1);
}

/** Escapes that JSON allows but text must not hold: NUL and lone surrogates. A cheap look before the walk. */
function mayHoldBadText(bytes: Buffer): boolean {
  if (!bytes.includes('\\u')) return false;
  return /\\u(0000|[dD][89a-fA-F])/.test(bytes.toString('latin1'));
}
