import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type Database, openDatabase } from '../store/database.ts';
import { startEmbeddedPostgres } from '../store/embedded-postgres.ts';
import { localHints } from '../store/hints.ts';
import { newId } from '../store/ids.ts';
import { migrate } from '../store/migrate.ts';
import { type Inbox, startInbox } from './server.ts';

/** An inbox over a real Postgres of its own. */
export async function startTestInbox() {
  const data_dir = await mkdtemp(join(tmpdir(), 'koltrix-inbox-'));
  const start = () => startEmbeddedPostgres({ data_dir, settings: { fsync: 'off' } });
  let postgres = await start();
  await migrate(postgres.connection);
  const db = openDatabase({ connection: postgres.connection, pool_size: 8, onIdleError: () => {} });
  const hints = localHints();
  const complaints: string[] = [];
  const say = (_fields: object, message: string) => void complaints.push(message);
  const clock = { ahead_ms: 0 };
  const deps = {
    db,
    hints,
    log: { info: say, warn: say, error: say },
    now: () => new Date(Date.now() + clock.ahead_ms),
    newId,
  };
  const inbox: Inbox = await startInbox(deps);
  return {
    ...deps,
    inbox,
    clock,
    /** What was logged. */
    complaints,
    postgres: {
      stop: () => postgres[Symbol.asyncDispose](),
      start: async () => {
        postgres = await start();
      },
    },
    givenMessage: (options?: Partial<GivenMessage>) => givenMessage(db, options),
    async [Symbol.asyncDispose]() {
      await inbox[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
      await rm(postgres.directory, { recursive: true, force: true });
      await rm(data_dir, { recursive: true, force: true });
    },
  };
}

export type TestInbox = Awaited<ReturnType<typeof startTestInbox>>;

interface GivenMessage {
  tenant_id: string;
  attempt: number;
}

/** An outbound message that is being delivered. */
async function givenMessage(
  db: Database,
  { tenant_id = newId(), attempt = 1 }: Partial<GivenMessage> = {},
): Promise<{ id: string; tenant_id: string; email_id: string }> {
  const message = { id: newId(), tenant_id, email_id: newId() };
  await db.query({
    name: 'test.given_outbound_message',
    text: `
      insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at, queued_at, attempt)
      values ($1, $2, $3, 'ada@example.com', 'ada@example.com', 'to', 'queued', now(), now(), $4)`,
    values: [message.id, tenant_id, message.email_id, attempt],
  });
  return message;
}

export interface Handover {
  to: string;
  envid?: string;
  from?: string;
  source?: string | Buffer;
}

/** Hands one message over as delivery does; the inbox's last reply, whether it took the message or not. */
export async function handOver(
  { port, host }: Pick<Inbox, 'port' | 'host'>,
  { to, envid, from = 'hello@acme.example', source = 'Subject: Hello\r\n\r\nHello!\r\n' }: Handover,
): Promise<string> {
  const connection = new SMTPConnection({ host, port, ignoreTLS: true });
  const opened = once(connection, 'connect');
  connection.connect();
  await opened;
  try {
    return await new Promise<string>((resolve) => {
      const envelope = { from, to: [to], ...(envid && { dsn: { envid, ret: 'HDRS' } }) };
      connection.send(envelope, source, (error, info) => resolve(error?.response ?? info?.response ?? String(error)));
    });
  } finally {
    connection.quit();
  }
}

/** A conversation by hand: `say` sends a line (or bytes) and gives the lines of the reply. */
export async function converse({ port, host }: Pick<Inbox, 'port' | 'host'>) {
  const socket = connect(port, host);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const hear = async (): Promise<string[]> => {
    const reply: string[] = [];
    do reply.push(String((await lines.next()).value));
    while (/^\d{3}-/.test(reply.at(-1) ?? ''));
    return reply;
  };
  await hear();
  return {
    hear,
    async say(line: string | Buffer): Promise<string[]> {
      socket.write(typeof line === 'string' ? `${line}\r\n` : line);
      return hear();
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
