import type { CreatedWebhook, CreateWebhook, EventType, WebhookDelivery } from '../generated/types.gen.ts';
import type { Database, Queryable } from '../store/database.ts';
import { appendingEvents } from '../store/events.sql.ts';
import { localHints } from '../store/hints.ts';
import { newId, readId } from '../store/ids.ts';
import { createSeal } from '../store/seal.ts';
import { insertTenant } from '../store/tenants.sql.ts';
import { startWebhooks, type WebhooksOptions } from './deliver.ts';
import { createEndpoint, listDeliveries, presentDelivery, type WebhookPolicy } from './index.ts';

/** Everything but the handlers, over an empty database, with a clock that tests move. */
export function testWebhooks(db: Database) {
  const clock = { ahead_ms: 0 };
  const logged: string[] = [];
  const failures: unknown[] = [];
  const say = (_fields: object, message: string) => void logged.push(message);
  const webhookPolicy: WebhookPolicy = {
    allow_insecure: true,
    allowed_networks: [],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  };
  const deps = {
    db,
    hints: localHints(),
    seal: createSeal('a secret of the tests'),
    webhookPolicy,
    log: {
      info: say,
      warn: say,
      error: (fields: object, message: string) => void failures.push({ ...fields, message }),
    },
    now: () => new Date(Date.now() + clock.ahead_ms),
    newId,
  };
  return {
    ...deps,
    clock,
    logged,
    /** What was logged as an error. */
    failures,
    pass: (span: { s?: number; hours?: number }) => {
      clock.ahead_ms += (span.s ?? 0) * 1_000 + (span.hours ?? 0) * 3_600_000;
    },
    start: (options: Partial<WebhooksOptions> = {}) =>
      startWebhooks({
        ...deps,
        policy: webhookPolicy,
        random: () => 0,
        worker: newId(),
        lease_s: 30,
        concurrency: 40,
        poll_ms: 50,
        timeout_ms: 2_000,
        ...options,
      }),
    givenTenant: async () => {
      const id = newId();
      await insertTenant(db, { id, name: 'Acme', created_at: deps.now() });
      return givenTenant(deps, id);
    },
  };
}

export type TestWebhooks = ReturnType<typeof testWebhooks>;

interface TenantDeps {
  db: Database;
  seal: ReturnType<typeof createSeal>;
  webhookPolicy: WebhookPolicy;
  hints: ReturnType<typeof localHints>;
  now(): Date;
  newId(): string;
}

function givenTenant(deps: TenantDeps, id: string) {
  const all = { state: undefined, before: undefined, limit: 100 };
  return {
    id,
    endpoint: (input: CreateWebhook): Promise<CreatedWebhook> =>
      deps.db.transaction((tx) => createEndpoint(deps, tx, id, input)),
    /** Writes events with their deliveries, as accept and delivery do; the uuids of the events. */
    events: async (count = 1, type: EventType = 'email.queued', detail: object | null = null): Promise<string[]> => {
      const ids = await appendEvents(deps.db, { tenant_id: id, count, type, detail, now: deps.now() });
      deps.hints.give('webhooks');
      return ids;
    },
    deliveries: async (endpoint: { id: string }): Promise<WebhookDelivery[]> =>
      (await listDeliveries(deps, id, endpoint.id, all)).map(presentDelivery),
  };
}

interface AppendOptions {
  tenant_id: string;
  count: number;
  type: EventType;
  detail: object | null;
  now: Date;
}

async function appendEvents(db: Queryable, { tenant_id, count, type, detail, now }: AppendOptions): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'test.append_events',
    text: `
      with email as (
        insert into emails (tenant_id, id, source, mail_from, from_header, from_address, subject, tags, metadata, format,
                            content, created_at, message_ids)
        values ($2, new_id($1), 'rest', 'hello@acme.example', 'Acme <hello@acme.example>', 'hello@acme.example', 'Grüße',
                '{"kind":"receipt"}', '{"order":4711}', 'composed', '', $1, array(select new_id($1) from generate_series(1, $5::int)))
        returning id, message_ids
      ),
      message as (
        insert into outbound_messages (id, tenant_id, email_id, recipient, recipient_canonical, kind, status, due_at, queued_at)
        select unnest(email.message_ids), $2, email.id, 'ada@example.com', 'ada@example.com', 'to', 'queued', $1, $1
          from email
        returning id, email_id
      ),
      ${appendingEvents(
        `select new_id($1) as id, $2::uuid as tenant_id, email_id, id as message_id, $3::text as type, $4::jsonb as detail from message`,
        '$1',
      )}
      select e.id from new_event e where exists (select from new_delivery) or true`,
    values: [now, tenant_id, type, detail && JSON.stringify(detail), count],
  });
  return rows.map(({ id }) => id);
}

/** The uuid of a shown endpoint id. */
export const uuidOf = (endpoint: { id: string }): string => readId('wh', endpoint.id) as string;
