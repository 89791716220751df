import pg from 'pg';
import { newId, readId } from '../../server/store/ids.ts';
import { rows, type TestDatabase } from './database.ts';
import type { Tenant } from './tenant.ts';

/** Writes events about one message, over a connection of its own, behind the product's back. */
export interface EventWriter extends AsyncDisposable {
  begin(): Promise<void>;
  write(count?: number): Promise<void>;
  end(how: 'commit' | 'rollback'): Promise<void>;
}

export interface EventSubject {
  tenant_id: string;
  email_id: string;
  message_id: string;
}

/** An accepted email to write events about; it has one event already, `email.queued`. */
export async function givenSubject(acme: Tenant, metadata: Record<string, unknown> = {}): Promise<EventSubject> {
  const { id, messages } = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['ada@example.test'],
    subject: 'Hello',
    body_text: 'Hi',
    metadata,
  });
  return {
    tenant_id: acme.id,
    email_id: readId('em', id) as string,
    message_id: readId('msg', messages[0]?.id as string) as string,
  };
}

const INSERT = `
  insert into events (id, tenant_id, email_id, message_id, type, detail, created_at)
  select unnest($1::uuid[]), $2, $3, $4, 'email.opened', '{"open": {"machine": false, "user_agent": null}}', now()`;

export async function givenWriter({ connection }: TestDatabase, subject: EventSubject): Promise<EventWriter> {
  const client = new pg.Client(connection);
  await client.connect();
  const { tenant_id, email_id, message_id } = subject;
  return {
    begin: () => client.query('begin').then(() => {}),
    async write(count = 1) {
      await client.query(INSERT, [Array.from({ length: count }, newId), tenant_id, email_id, message_id]);
    },
    end: (how) => client.query(how).then(() => {}),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** The uuids of a tenant's events in the order of the log. */
export async function loggedIds({ db }: TestDatabase, tenant_id: string): Promise<string[]> {
  const found = await rows<{ id: string }>(db, 'select id from events where tenant_id = $1 order by xact_id, id', [
    tenant_id,
  ]);
  return found.map(({ id }) => id);
}
