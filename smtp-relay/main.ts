import { once, setMaxListeners } from 'node:events';
import { Koltrix } from 'koltrix';
import { createAuthenticator } from './authenticate.ts';
import { type Certificate, developmentCertificate } from './certificate.ts';
import { drain } from './drain.ts';
import { createHttpFetch } from './http-fetch.ts';
import { defaultLimits, type RelayLimits } from './limits.ts';
import type { Log } from './log.ts';
import { createServer, type RelayServer } from './server.ts';
import { createSubmit } from './submit.ts';

export type { Certificate, Log, RelayLimits };

/** The limit that counts is the time the client may be kept waiting; this only lets the retries reach it. */
const max_retries = 8;

export interface RelayOptions {
  /** The address to bind. */
  host: string;
  /** The port to listen at; 0 for any free one. */
  port: number;
  /** Where the API is, with or without `/api/v2`. */
  apiUrl: string;
  /** The certificate for STARTTLS; without it a self-signed one for development is generated. */
  tls?: Certificate;
  /** Where a generated certificate is kept; without it, it lasts as long as the process. */
  certificate_dir?: string;
  limits?: Partial<RelayLimits>;
  log: Log;
}

export interface Relay {
  /** The port it listens at. */
  port: number;
  /** Stops listening, lets conversations under way end (8 s by default) and resolves when all are closed. */
  close(): Promise<void>;
}

/**
 * Starts the SMTP relay: a client of the API for applications that speak SMTP. It holds no state that must survive, and
 * no credentials of its own.
 *
 * Rejects when `apiUrl` is no URL, the port cannot be bound (`EADDRINUSE`, `EACCES`), the certificate does not fit its key, or the
 * certificate directory cannot be written.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const limits = { ...defaultLimits, ...options.limits };
  const { log } = options;
  const stop = new AbortController();
  // Every message under way listens to it.
  setMaxListeners(0, stop.signal);

  const api = { baseUrl: options.apiUrl, maxRetries: max_retries };
  // A wrong URL shall stop the start, not the first login.
  new Koltrix({ ...api, apiKey: 'any' });
  const http = createHttpFetch(options.apiUrl);
  const connect = (apiKey: string) => new Koltrix({ ...api, apiKey, fetch: http.fetch });

  const authenticator = createAuthenticator({ connect, now: () => performance.now(), limits });
  const submit = createSubmit({ authenticator, limits, log, stop: stop.signal });
  const certificate = options.tls ?? (await developmentCertificate(options.certificate_dir, new Date()));
  const server = createServer({ authenticator, submit, certificate, limits, log });
  const port = await listen(server, options.port, options.host);

  let closed: Promise<void> | undefined;
  return {
    port,
    close() {
      closed ??= drain(server, limits.drain_timeout_ms, () => stop.abort()).then(http.close);
      return closed;
    },
  };
}

async function listen({ server }: RelayServer, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}
