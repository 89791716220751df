import { EVERYTHING, type Smarthost, type SmarthostOptions, startSmarthost } from '../../test/support/smarthost.ts';
import { connect, type OutgoingMail, type SendResult } from './connection.ts';
import { createConnectionLimit } from './connection-limit.ts';
import { createPool, type Pool } from './pool.ts';
import type { SmtpServer } from './route.ts';

export interface PooledSmarthost {
  smarthost: Smarthost;
  pool: Pool;
  /** Sends `mail`, changed as given, over a line of the pool. */
  send(changes?: Partial<OutgoingMail>): Promise<SendResult>;
}

export const mail: OutgoingMail = {
  mail_from: 'hello@acme.example',
  rcpt_to: 'ada@example.test',
  message: Buffer.from('Subject: Hello\r\n\r\nHello there\r\n'),
  envelope_id: '0198a1b2-0000-7000-8000-000000000000',
  report_success: true,
};

const opened: PooledSmarthost[] = [];

/** A smarthost and a pool of connections to it; both go with `closePools`. */
export async function givenPool(
  options: SmarthostOptions = {},
  { max_connections = 2, max_messages_per_connection = 100 } = {},
  server: Partial<SmtpServer> = {},
): Promise<PooledSmarthost> {
  const smarthost = await startSmarthost({ extensions: EVERYTHING, ...options });
  const target = { host: '127.0.0.1', port: smarthost.port, secure: false, auth: undefined, ...server };
  const pool = createPool({
    open: () => connect(target, { helo_name: 'mail.koltrix.test' }),
    limit: createConnectionLimit(() => max_connections),
    max_messages_per_connection,
  });
  const send = async (changes: Partial<OutgoingMail> = {}) => {
    const line = await pool.acquire();
    const result = await line.send({ ...mail, ...changes });
    pool.release(line, result.reusable);
    return result;
  };
  const given = { smarthost, pool, send };
  opened.push(given);
  return given;
}

export async function closePools(): Promise<void> {
  for (const { smarthost, pool } of opened.splice(0)) {
    pool.close();
    await smarthost[Symbol.asyncDispose]();
  }
}
