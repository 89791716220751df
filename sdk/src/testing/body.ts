import type { Fault } from '../generated/types.gen.ts';
import type { Operation } from './generated/operations.gen.ts';
import { invalid, Refusal } from './problem.ts';

export const MAX_REQUEST_BYTES = 25 * 1024 * 1024;

/** More of them would tell nobody more. */
const MAX_FAULTS = 50;
const MAX_DEPTH = 64;

/** The request's body: bytes of a message, the value of JSON, or undefined. Refuses what the server refuses unread. */
export async function readBody({ consumes, bodyRequired }: Operation, request: Request): Promise<unknown> {
  const sent = new Uint8Array(await request.arrayBuffer());
  const type = request.headers.get('content-type') ?? '';
  if (consumes && (bodyRequired || sent.length)) requireType(consumes, type);
  const bytes = await unpacked(sent, request.headers.get('content-encoding') ?? 'identity');
  if (consumes && consumes !== 'application/json') return bytes;
  if (!bytes.length || !isType(type, 'application/json')) return undefined;
  const charset = /;\s*charset="?([^";\s]+)/i.exec(type)?.[1];
  if (charset && !/^utf-?8$/i.test(charset)) {
    throw new Refusal('unsupported-media-type', `Send JSON in UTF-8, not in ${charset}.`);
  }
  return parse(bytes);
}

/** The bytes without their content encoding. Refuses encodings that nobody knows, and what is too large unpacked. */
async function unpacked(bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  const name = encoding.toLowerCase();
  let content = bytes;
  if (name === 'gzip' || name === 'deflate') {
    const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream(name));
    const whole = await new Response(stream).arrayBuffer().catch(() => {
      throw invalid({ pointer: 'Content-Encoding:', detail: 'the body does not decompress as this' });
    });
    content = new Uint8Array(whole);
  } else if (name !== 'identity') {
    throw new Refusal('unsupported-media-type', `Send UTF-8, bare or with gzip; not ${encoding}.`);
  }
  if (content.length <= MAX_REQUEST_BYTES) return content;
  throw new Refusal('payload-too-large', 'A request may have 25 MB in all; send larger files as links.');
}

const isType = (header: string, type: string) => header.split(';', 1)[0]?.trim().toLowerCase() === type;

function requireType(consumes: string, type: string): void {
  if (isType(type, consumes)) return;
  throw new Refusal('unsupported-media-type', `Send the body as ${consumes}, and say so in Content-Type.`);
}

function parse(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid({ pointer: '', detail: 'the body is not valid UTF-8' });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const said = JSON.stringify((error as Error).message.slice(0, 120)).slice(1, -1);
    throw invalid({ pointer: '', detail: `the body is not valid JSON: ${said}` });
  }
  const faults = /\\u(0000|d[89a-f])/i.test(text) ? textFaults(value) : [];
  if (faults.length) throw invalid(...faults);
  return value;
}

/** Strings anywhere in a JSON value that no text store and no mail can hold, each with its pointer; the first 50. */
export function textFaults(value: unknown, pointer = ''): Fault[] {
  const faults: Fault[] = [];
  for (const fault of faultsIn(value, pointer, 0)) if (faults.push(fault) === MAX_FAULTS) break;
  return faults;
}

function* faultsIn(value: unknown, pointer: string, depth: number): Generator<Fault> {
  if (typeof value === 'string') {
    if (value.includes('\0')) yield { pointer, detail: 'must not hold a NUL character' };
    else if (!value.isWellFormed()) yield { pointer, detail: 'must not hold half of a surrogate pair' };
  } else if (typeof value === 'object' && value !== null) {
    if (depth === MAX_DEPTH) return yield { pointer, detail: `is nested more than ${MAX_DEPTH} levels deep` };
    for (const [name, item] of Object.entries(value)) {
      const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      yield* faultsIn(name, place, depth + 1);
      yield* faultsIn(item, place, depth + 1);
    }
  }
}
