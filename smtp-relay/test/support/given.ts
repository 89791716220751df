import { afterEach } from 'vitest';
import { type Relay, type RelayLimits, type RelayOptions, startRelay } from '../../main.ts';
import { type FakeApi, startFakeApi } from './fake-api.ts';
import { connect, type SmtpClient } from './smtp-client.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Given {
  api: FakeApi;
  relay: Relay;
  /** Everything the relay has logged, as text. */
  logged: string[];
  /** A connected client that has read the greeting. */
  client(): Promise<SmtpClient>;
  /** A client that has logged in with `kx_send`. */
  loggedIn(): Promise<SmtpClient>;
}

/** An API that does not answer is given up soon; one that does has time enough on a busy machine. */
const ANSWER_MS = 1_000;

/** A relay before a small API, both closed after the test. */
export async function givenRelay(
  limits: Partial<RelayLimits> = {},
  options: Partial<RelayOptions> = {},
): Promise<Given> {
  const api = await startFakeApi();
  cleanUps.push(() => api.stop());
  const logged: string[] = [];
  const line = (fields: object, message: string): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  const relay = await startRelay({
    host: '127.0.0.1',
    port: 0,
    apiUrl: api.url,
    limits: { answer_timeout_ms: ANSWER_MS, drain_timeout_ms: 300, ...limits },
    log: { info: line, warn: line, error: line },
    ...options,
  });
  cleanUps.push(() => relay.close());
  const client = async (): Promise<SmtpClient> => {
    const made = await connect(relay.port);
    cleanUps.push(() => made.socket.destroy());
    return made;
  };
  return {
    api,
    relay,
    logged,
    client,
    async loggedIn() {
      const made = await client();
      await made.logIn();
      return made;
    },
  };
}
