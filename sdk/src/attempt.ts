import type { Config } from './config.ts';
import { ConnectionError } from './errors/connection-error.ts';
import { errorFrom } from './errors/from-response.ts';
import { KoltrixError } from './errors/koltrix-error.ts';
import { TimeoutError } from './errors/timeout-error.ts';
import { infoOf, type ResponseInfo, type WithResponse } from './reply.ts';

/** How the answer's body is wanted. A `stream` is handed over unread: the time limit then ends with the headers. */
export type Format = 'json' | 'bytes' | 'stream';

export interface Attempt {
  url: string;
  init: RequestInit;
  format: Format;
  signal: AbortSignal | undefined;
  timeout_ms: number;
  /** Called as soon as the status and the headers are there. */
  onResponse: (info: ResponseInfo) => void;
}

/** A timer that is set for longer than this goes off at once. */
const LONGEST_TIMER_ms = 2 ** 31 - 1;

/**
 * One HTTP exchange. Rejects with an `APIError` for an error status, a `TimeoutError`, a `ConnectionError`, or the
 * reason of the caller's signal.
 */
export async function attempt(config: Config, request: Attempt): Promise<WithResponse<unknown>> {
  const { fetch } = config;
  const { signal, timeout_ms, format } = request;
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(
    () => controller.abort(new TimeoutError(timeout_ms)),
    Math.min(timeout_ms, LONGEST_TIMER_ms),
  );
  let isOpen = false;
  try {
    const response = await fetch(request.url, { ...request.init, signal: controller.signal });
    const info = infoOf(response);
    request.onResponse(info);
    if (!response.ok) {
      const body = await response.text().catch(() => '');
      controller.signal.throwIfAborted();
      throw errorFrom(response, info, body, config.now());
    }
    const data = await read(response, info, format);
    isOpen = format === 'stream';
    return { data, response: info };
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    if (error instanceof KoltrixError) throw error;
    throw new ConnectionError(`The connection to Koltrix failed: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    // A stream that was handed over still has to end when the caller aborts.
    if (!isOpen) signal?.removeEventListener('abort', abort);
  }
}

/** Node says no more than `fetch failed` itself, and where it has tried several addresses, its cause has a code alone. */
function reasonOf(error: unknown): string | undefined {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message;
}

async function read(response: Response, info: ResponseInfo, format: Format): Promise<unknown> {
  // What is no answer of Koltrix, such as a web page that answers 200 to everything: the base URL is not Koltrix's.
  const misread = (wanted: string) => {
    const type = info.headers.get('content-type') ?? 'of no stated type';
    return errorFrom(response, info, '', 0, `The answer is not ${wanted} but ${type}; is baseUrl right?`);
  };
  if (format === 'stream') {
    if (info.headers.get('content-type')?.startsWith('text/event-stream')) return response.body;
    await response.body?.cancel();
    throw misread('a stream of events');
  }
  if (format === 'bytes') return new Uint8Array(await response.arrayBuffer());
  const text = await response.text();
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw misread('JSON');
  }
}
