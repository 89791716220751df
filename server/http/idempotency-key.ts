import { createHash, hash } from 'node:crypto';
import { invalid, Refusal } from '../errors/refusal.ts';
import type { IdempotencyClaim } from './handler.ts';

const VISIBLE = /^[!-~]{1,255}$/;
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

/** 1–255 visible ASCII characters, bare or as a quoted structured-field string (RFC 8941). */
export function parseIdempotencyKey(header: string): string {
  const quoted = QUOTED.exec(header.trim())?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? header.trim();
  if (!VISIBLE.test(key)) {
    throw new Refusal('invalid-idempotency-key', 'An idempotency key is 1 to 255 visible ASCII characters.', {
      faults: [
        { pointer: 'Idempotency-Key:', detail: `must be 1 to 255 visible ASCII characters; it has ${key.length}` },
      ],
    });
  }
  return key;
}

/** Two requests are the same when operation, path, query and body are; key order and white space in JSON do not count. */
export function claimOf(
  key: string,
  operation: string,
  request: { path: unknown; query: unknown; body: unknown },
): IdempotencyClaim {
  const place = `${operation}\n${canonicalText([request.path, request.query])}\n`;
  const fingerprint = Buffer.isBuffer(request.body)
    ? createHash('sha256').update(place).update(request.body).digest('hex')
    : hash('sha256', place + canonicalText(request.body), 'hex');
  return { key, operation, fingerprint };
}

/**
 * A text that is the same for the same JSON value, however it was written, and another one for any other. Each string
 * stands bare behind its length: quoting it as JSON does would cost four times as much.
 */
function canonicalText(value: unknown): string {
  try {
    return canonical(value);
  } catch (error) {
    if (error instanceof RangeError) throw invalid({ pointer: '', detail: 'the body is nested too deeply' });
    throw error;
  }
}

function canonical(value: unknown): string {
  if (typeof value === 'string') return `${value.length}"${value}`;
  if (typeof value !== 'object' || value === null) return `${value},`;
  if (Array.isArray(value)) {
    let items = '[';
    for (const item of value) items += canonical(item);
    return `${items}]`;
  }
  let members = '{';
  for (const name of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[name];
    if (item !== undefined) members += `${name.length}"${name}${canonical(item)}`;
  }
  return `${members}}`;
}
