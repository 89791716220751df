import { isIP } from 'node:net';
import type { Dispatcher } from 'undici';
import { faultOfAddress } from '../network/guard-address.ts';
import { type Connections, openConnections } from './connections.ts';
import { cleanText, wordsOf } from './failure-words.ts';
import { faultOfUrl } from './guard-url.ts';
import type { Answer } from './judge.ts';
import { addressPolicy, type ResolvedAddress, type WebhookPolicy } from './policy.ts';

export interface Posting {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Makes one request; never throws: whatever goes wrong is in the answer. */
export interface Poster extends AsyncDisposable {
  post(posting: Posting): Promise<Answer>;
}

export interface PosterOptions {
  policy: WebhookPolicy;
  /** For everything from the look-up of the name to the excerpt of the answer. */
  timeout_ms: number;
  /** Aborts the requests under way. */
  stop: AbortSignal;
}

const EXCERPT_BYTES = 1024;

export function openPoster({ policy, timeout_ms, stop }: PosterOptions): Poster {
  const connections = openConnections({ connect_ms: timeout_ms });
  return {
    async post(posting) {
      const started = performance.now();
      const deadline = AbortSignal.any([AbortSignal.timeout(timeout_ms), stop]);
      const answer = await converse(posting, policy, connections, deadline).catch((error: unknown) => ({
        ...NO_ANSWER,
        error: stop.aborted ? 'cut off: the server was stopping' : wordsOf(error, timeout_ms),
      }));
      return { ...answer, duration_ms: Math.round(performance.now() - started), interrupted: stop.aborted };
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}

type Said = Omit<Answer, 'duration_ms' | 'interrupted'>;

const NO_ANSWER: Said = { status_code: null, error: null, location: null, retry_after: null, response_excerpt: null };

async function converse(
  { url: text, headers, body }: Posting,
  policy: WebhookPolicy,
  connections: Connections,
  deadline: AbortSignal,
): Promise<Said> {
  const fault = faultOfUrl(text, policy);
  if (fault) return { ...NO_ANSWER, error: `not sent: the URL ${fault}` };
  const url = new URL(text);
  const addresses = await unlessAborted(addressesOf(url, policy), deadline);
  for (const { address } of addresses) {
    // One bad address spoils the name: which of them a connection takes is chance.
    const refused = faultOfAddress(address, addressPolicy(policy));
    if (refused)
      return { ...NO_ANSWER, error: `not sent: ${url.hostname} leads to an address that is not allowed: ${refused}` };
  }
  const response = await connections.to(url.origin, addresses).request({
    method: 'POST',
    path: url.pathname + url.search,
    headers: { 'content-type': 'application/json', 'user-agent': 'Koltrix-Webhooks', ...headers },
    body,
    signal: deadline,
    // The deadline covers these.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    status_code: response.statusCode,
    error: null,
    location: redirectOf(response),
    retry_after: first(response.headers['retry-after']),
    response_excerpt: await readExcerpt(response.body),
  };
}

async function addressesOf({ hostname }: URL, policy: WebhookPolicy): Promise<readonly ResolvedAddress[]> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(literal);
  if (family) return [{ address: literal, family }];
  const addresses = await policy.resolve(hostname);
  if (!addresses.length) throw new Error(`the name ${hostname} has no address`);
  return addresses;
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData): string | null {
  const location = first(headers.location);
  return location !== null && statusCode >= 300 && statusCode < 400 ? cleanText(location).slice(0, 200) : null;
}

function first(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

/** The status has come, so an answer whose body stalls, breaks off or never ends still is one. */
async function readExcerpt(body: AsyncIterable<Buffer>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let room = EXCERPT_BYTES;
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk.subarray(0, room), { stream: true });
      room -= chunk.length;
      // Leaving the loop destroys the body, and the connection with it.
      if (room <= 0) break;
    }
  } catch {
    // What came is kept.
  }
  return cleanText(text);
}
