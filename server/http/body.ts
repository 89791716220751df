import { isUtf8 } from 'node:buffer';
import express, { type Request, type Response } from 'express';
import { invalid, Refusal } from '../errors/refusal.ts';
import type { Route } from '../generated/handlers.gen.ts';
import { textFaults } from './text-faults.ts';

export const MAX_REQUEST_BYTES = 25 * 1024 * 1024;

const JSON_TYPE = 'application/json';
const LARGE_BYTES = 256 * 1024;

/** What a look at a body's bytes has told. */
interface Looks {
  large?: boolean;
}

/** Whether the JSON is so long that looking at all of it in detail would cost much. */
export function isLarge(request: object): boolean {
  return (request as Looks).large ?? false;
}

/** Unpacks, counts and gathers; leaves a body of another type alone. */
const library = express.raw({ limit: MAX_REQUEST_BYTES, type: () => true });

/** Up to here a body that comes as it is, with its length announced, is gathered without the library's machinery. */
const SMALL_BYTES = 64 * 1024;

/** Reads the body that the operation takes into `request.body`; of another type it is refused unread. Rejects with a Refusal. */
export type ReadBody = (request: Request, response: Response) => Promise<void>;

export function bodyReader({ consumes, bodyRequired }: Pick<Route, 'consumes' | 'bodyRequired'>): ReadBody {
  const is_json = consumes === undefined || consumes === JSON_TYPE;
  return async (request, response) => {
    if (consumes !== undefined && (!is_json || bodyRequired || hasBody(request))) requireType(request, consumes);
    if (consumes === undefined && !request.is(JSON_TYPE)) return;
    const read = isSmall(request) ? gather(request) : readByLibrary(request, response);
    const bytes = read instanceof Promise ? await read : read;
    request.body = is_json ? parse(request, bytes, bodyRequired) : bytes;
    // The validator keeps a schema for each spelling of the type that it meets.
    if (consumes !== undefined && hasBody(request)) request.headers['content-type'] = consumes;
  };
}

const NOTHING = Buffer.alloc(0);

function isSmall({ headers }: Request): boolean {
  return (
    headers['content-encoding'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    Number(headers['content-length']) <= SMALL_BYTES
  );
}

/**
 * Node's parser holds the body against its announced length. A small one has mostly come together with its head: then it is
 * taken at once.
 */
function gather(request: Request): Promise<Buffer> | Buffer {
  if (request.complete) return (request.read() as Buffer | null) ?? NOTHING;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
      .on('error', () => reject(endedEarly(request)));
  });
}

function readByLibrary(request: Request, response: Response): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    library(request, response, (error?: unknown) => {
      if (error) reject(refusalOf(error as Error, request));
      else resolve(Buffer.isBuffer(request.body) ? request.body : undefined);
    });
  });
}

/** What the bytes say; throws when they say nothing, or what no text can hold. */
function parse(request: Request, bytes: Buffer | undefined, required: boolean): unknown {
  if (!bytes?.length) {
    if (required) throw invalid({ pointer: '', detail: 'a body is required; it is empty' });
    return undefined;
  }
  const text = textOf(request, bytes);
  (request as Looks).large = bytes.length > LARGE_BYTES;
  let value: unknown;
  try {
    // A byte order mark is no part of JSON, but some libraries write one.
    value = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch (error) {
    throw invalid({ pointer: '', detail: `the body is not valid JSON: ${clean((error as Error).message)}` });
  }
  const faults = mayHoldBadText(text) ? textFaults(value) : [];
  if (faults.length) throw invalid(...faults);
  return value;
}

/** Decoding replaces broken bytes silently, and the mail would not say what its sender meant: such a body is refused. */
function textOf({ headers }: Request, bytes: Buffer): string {
  const type = headers['content-type'];
  const charset = type === JSON_TYPE ? undefined : /;\s*charset="?([^";\s]+)/i.exec(type ?? '')?.[1];
  if (charset && !/^utf-?8$/i.test(charset))
    throw new Refusal('unsupported-media-type', `Send JSON in UTF-8, not in ${clean(charset)}.`);
  const text = bytes.toString('utf8');
  // What stands in for broken bytes may also have been sent.
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw invalid({ pointer: '', detail: 'the body is not valid UTF-8' });
  return text;
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function requireType(request: Request, consumes: string): void {
  if (request.headers['content-type'] === consumes || request.is(consumes) !== false) return;
  throw new Refusal('unsupported-media-type', `Send the body as ${consumes}, and say so in Content-Type.`);
}

/** What the library threw; an error that is nobody's refusal stays as it is. */
function refusalOf(error: Error, request: Request): Error {
  const { type, status } = error as { type?: string; status?: number };
  switch (type) {
    case 'entity.too.large':
      return new Refusal('payload-too-large', 'A request may have 25 MB in all; send larger files as links.');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Refusal('unsupported-media-type', `Send UTF-8, bare or with gzip; not ${clean(error.message)}.`);
    case 'request.aborted':
    case 'request.size.invalid':
      return endedEarly(request);
    case undefined:
      // zlib's own error, which the library passes on.
      return status === 400 && request.headers['content-encoding'] !== undefined
        ? invalid({ pointer: 'Content-Encoding:', detail: 'the body does not decompress as this' })
        : error;
    default:
      return error;
  }
}

function endedEarly({ headers }: Request): Refusal {
  const length = headers['content-length'] ?? 'chunked';
  return invalid({ pointer: 'Content-Length:', detail: `the body ended early (${length})` });
}

function clean(message: string): string {
  return JSON.stringify(message.slice(0, 120)).slice(1, -1);
}

/** Escapes that JSON allows but text must not hold: NUL and lone surrogates. A cheap look before the walk. */
function mayHoldBadText(text: string): boolean {
  return text.includes('\\u') && /\\u(0000|[dD][89a-fA-F])/.test(text);
}
