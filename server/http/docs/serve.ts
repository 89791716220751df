import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Request, Response } from 'express';

/** A text that stays the same for the life of the process, ready to be sent. */
export interface Page {
  type: string;
  plain: Buffer;
  gzip: Buffer;
  etag: string;
}

/** Nothing but this server's own style, script and icon, no forms, no frames. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function page(type: string, text: string): Page {
  const plain = Buffer.from(text);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  return { type: `${type}; charset=utf-8`, plain, gzip: gzipSync(plain), etag: `W/"${hash}"` };
}

/** Answers 304 when the caller has it already. Pages change with the version only, but a new one must show at once. */
export function sendPage(request: Request, response: Response, { type, plain, gzip, etag }: Page): void {
  response.set({
    'Content-Type': type,
    'Cache-Control': 'no-cache',
    ETag: etag,
    Vary: 'Accept-Encoding',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const packed = request.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (packed) response.set('Content-Encoding', 'gzip');
  response.send(packed ? gzip : plain);
}
