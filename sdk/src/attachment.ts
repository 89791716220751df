import { base64Of } from './base64.ts';
import { isStreaming, readerOf } from './body.ts';
import { viewOf } from './bytes.ts';
import { KoltrixError } from './errors/koltrix-error.ts';
import type { Attachment } from './generated/types.gen.ts';

/**
 * Where a file comes from: a path or a `file:` URL (where there are files: Node, Deno, Bun), an `http(s)` URL, a
 * `Response` of your own `fetch`, a `Blob` or `File`, bytes, or a stream of bytes.
 */
export type AttachmentSource =
  | string
  | URL
  | Response
  | Blob
  | Uint8Array
  | ArrayBuffer
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

export interface AttachmentOptions {
  /** By default the source's own name; wanted for bytes, streams and a `Blob`. */
  filename?: string | undefined;
  /** A media type; by default the source's own, else the server goes by the file name. */
  content_type?: string | undefined;
  /** Makes the part inline, for `<img src="cid:…">` in `body_html`. */
  content_id?: string | undefined;
  /** Fetches a URL in place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** A request may have 25 MB, and base64 makes four bytes of three. */
const MOST_bytes = 25 * 2 ** 20 * 0.75;

/**
 * Reads a file into an attachment of the contract. Rejects with a `KoltrixError` when it has no name, is too large for a
 * request or its URL does not answer with success, and with the source's own error when it cannot be read.
 */
export async function attachment(source: AttachmentSource, options: AttachmentOptions = {}): Promise<Attachment> {
  const found = await open(source, options);
  const filename = options.filename ?? found.filename;
  const content_type = options.content_type ?? (found.content_type || undefined);
  if (!filename) {
    await found.content.cancel(undefined);
    throw new KoltrixError('The attachment has no file name: pass `filename`');
  }
  return {
    filename,
    content: base64Of(await wholeOf(found.content, filename)),
    ...(content_type && { content_type }),
    ...(options.content_id && { content_id: options.content_id }),
  };
}

type Reader = ReturnType<typeof readerOf>;

interface Found {
  content: Reader;
  filename?: string | undefined;
  content_type?: string | undefined;
}

async function open(source: AttachmentSource, options: AttachmentOptions): Promise<Found> {
  if (source instanceof URL && source.protocol !== 'file:') {
    return answered(await (options.fetch ?? globalThis.fetch)(source), source.href);
  }
  if (typeof source === 'string' || source instanceof URL) return onDisk(source);
  if (source instanceof Response) return answered(source, source.url);
  if (source instanceof Blob) {
    const { name: filename } = source as Partial<File>;
    return { content: readerOf(source.stream()), filename, content_type: source.type };
  }
  if (isStreaming(source)) return { content: readerOf(source) };
  const bytes = viewOf(source);
  if (!bytes) throw new KoltrixError('There is nothing to attach: pass a path, a URL, a Blob, bytes or a stream');
  return { content: readerOf(onceOf(bytes)) };
}

async function* onceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** Without an import, which bundlers for browsers would stumble over: the runtime is asked whether it has files. */
function onDisk(path: string | URL): Found {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: 'node:fs') => FileSystem } };
  const fs = process?.getBuiltinModule?.('node:fs');
  if (!fs) throw new KoltrixError('This runtime has no files (Node has from 20.16 on): pass bytes, a Blob or a stream');
  const name = String(path).split(/[/\\]/).pop();
  return { content: readerOf(fs.createReadStream(path)), filename: path instanceof URL ? decoded(name) : name };
}

interface FileSystem {
  createReadStream: (path: string | URL) => AsyncIterable<Uint8Array>;
}

function answered({ ok, status, headers, body }: Response, url: string): Found {
  // The query is left out: in signed URLs it is as good as a password.
  if (!ok || !body) {
    body?.cancel().catch(() => {});
    throw new KoltrixError(`${url.split(/[?#]/)[0] || 'The URL'} answers ${status} without a file`);
  }
  const disposition = headers.get('content-disposition') ?? '';
  const [, extended] = /filename\*=UTF-8''([^;\s]+)/i.exec(disposition) ?? [];
  const [, quoted, bare] = /filename="([^"]*)"|filename=([^;\s]+)/i.exec(disposition) ?? [];
  const segment = url ? new URL(url).pathname.split('/').pop() : undefined;
  return {
    content: readerOf(body),
    filename: decoded(extended) || quoted || bare || decoded(segment),
    content_type: headers.get('content-type') ?? undefined,
  };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function wholeOf(reader: Reader, filename: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size_bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) break;
    size_bytes += value.length;
    // By `isView` rather than by class, as in `viewOf`.
    const fault = !ArrayBuffer.isView(value)
      ? 'does not come as bytes'
      : size_bytes > MOST_bytes && 'is over 18 MB, too large for a request';
    if (fault) {
      const error = new KoltrixError(`${filename} ${fault}`);
      reader.cancel(error).catch(() => {});
      throw error;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size_bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
