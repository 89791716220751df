import { setTimeout as sleep } from 'node:timers/promises';
import { APIError, ConnectionError, Koltrix } from 'koltrix';
import { createTransport } from 'nodemailer';

/** Mail that comes by REST, in batches and by SMTP until it is stopped; each request has a key and is repeated until accepted. */
export interface Load extends AsyncDisposable {
  /** Recipients whose mail was accepted, each of them once. */
  accepted: Set<string>;
  /** The ids in the answers. */
  email_ids: Set<string>;
  /** What should not have happened: answers that are neither yes nor "try again". */
  faults: string[];
  /** No new requests; resolves when every one that was begun is accepted. Disposing gives them up instead. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** One or several APIs; taken in turn. */
  urls: string[];
  /** Without it no mail comes by SMTP. */
  smtp_port?: number;
  key: string;
  lanes?: number;
  pause_ms?: number;
  /** Makes an address of a name. */
  address?: (name: string) => string;
}

const BATCH = 5;
const PATIENCE_MS = 90_000;

export function startLoad({
  urls,
  smtp_port,
  key,
  lanes = 4,
  pause_ms = 5,
  address = (name) => `${name}@example.test`,
}: LoadOptions): Load {
  const clients = urls.map((baseUrl) => new Koltrix({ apiKey: key, baseUrl, maxRetries: 2 }));
  const load = { accepted: new Set<string>(), email_ids: new Set<string>(), faults: [] as string[] };
  let stopping = false;
  const given_up = new AbortController();

  const lane = async (
    name: string,
    submit: (recipients: string[], key: string, n: number) => Promise<string[]>,
    size: number,
  ) => {
    for (let n = 0; !stopping; n++) {
      const recipients = Array.from({ length: size }, (_, i) => address(`${name}-${n}-${i}`));
      const ids = await untilAccepted(
        () => submit(recipients, recipients[0] as string, n),
        load.faults,
        given_up.signal,
      );
      for (const recipient of recipients) load.accepted.add(recipient);
      for (const id of ids) load.email_ids.add(id);
      await sleep(pause_ms);
    }
  };
  const client = (n: number) => clients[n % clients.length] as Koltrix;
  const single = async ([to]: string[], idempotencyKey: string, n: number) => {
    const { id } = await client(n).emails.send(mailTo(to as string), { idempotencyKey });
    return [id];
  };
  const batch = async (recipients: string[], idempotencyKey: string, n: number) => {
    const { data } = await client(n).emails.sendBatch({ emails: recipients.map(mailTo) }, { idempotencyKey });
    return data.map(({ id }) => id);
  };
  const transport = createTransport({
    host: '127.0.0.1',
    port: smtp_port ?? 0,
    ignoreTLS: true,
    auth: { user: 'any', pass: key },
    pool: true,
    maxConnections: lanes,
  });
  const smtp = async ([to]: string[], idempotency_key: string) => {
    const raw = `X-Koltrix-Idempotency-Key: ${idempotency_key}\r\nSubject: Load\r\n\r\nLoad\r\n`;
    const { response } = await transport.sendMail({ envelope: { from: FROM, to: [to as string] }, raw });
    return [/em_\w+/.exec(response)?.[0] ?? response];
  };
  const running = Promise.all(
    Array.from({ length: lanes }, (_, i) => [
      lane(`rest${i}`, single, 1),
      ...(i % 2 ? [] : [lane(`batch${i}`, batch, BATCH)]),
      ...(smtp_port ? [lane(`smtp${i}`, smtp, 1)] : []),
    ]).flat(),
  ).finally(() => transport.close());
  // Whoever waits for it hears of a failure; a test that has failed before waits no more.
  running.catch(() => {});
  return {
    ...load,
    async stop() {
      stopping = true;
      await running;
    },
    async [Symbol.asyncDispose]() {
      stopping = true;
      given_up.abort();
      await running.catch(() => {});
    },
  };
}

const FROM = 'hello@acme.example';

const mailTo = (to: string) => ({ from: FROM, to: [to], subject: 'Load', body_text: 'Load' });

/** Repeats one request, under its key, for as long as the answer is "try again" or there is none. */
async function untilAccepted(
  submit: () => Promise<string[]>,
  faults: string[],
  given_up: AbortSignal,
): Promise<string[]> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
    given_up.throwIfAborted();
    try {
      return await submit();
    } catch (error) {
      if (!isTryAgain(error)) {
        faults.push(String(error));
        return [];
      }
    }
  }
  throw new Error(`not accepted within ${PATIENCE_MS} ms`);
}

/** The server away, 503, 409 in progress, 429; over SMTP 4xx and lost connections. */
function isTryAgain(error: unknown): boolean {
  if (error instanceof APIError) return error.retryable && error.status !== 500;
  if (error instanceof ConnectionError) return true;
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  return responseCode ? responseCode < 500 : ['ESOCKET', 'ECONNECTION', 'ETIMEDOUT', 'EPROTOCOL'].includes(code ?? '');
}
