import { randomUUID } from 'node:crypto';
import type { Tenant } from './tenant.ts';
import { until } from './until.ts';

/** One thing of each kind that a tenant can have, by the placeholder that stands for it in the contract's paths. */
export type Furniture = Record<
  | 'email_id'
  | 'domain_id'
  | 'webhook_id'
  | 'delivery_id'
  | 'api_key_id'
  | 'key'
  | 'test_message_id'
  | 'report_id'
  | 'address'
  | 'event_id',
  string
>;

/** Gives a tenant something of everything: the email is still scheduled, the webhook's URL answers nobody. */
export async function furnish({ koltrix }: Tenant, now: Date): Promise<Furniture> {
  const [from, key] = ['hello@acme.example', `order-${randomUUID()}`];
  const mail = { from, to: ['ada@example.test'], subject: 'Hello', body_text: 'Hello there' };
  const sent = await koltrix.emails.send(mail, { idempotencyKey: key });
  await koltrix.emails.send({ ...mail, to: ['async-bounced@simulator.test'] });
  const scheduled_at = new Date(now.getTime() + 3_600_000).toISOString();
  const scheduled = await koltrix.emails.send({ ...mail, scheduled_at });
  const webhook = await koltrix.webhooks.create({ url: 'http://127.0.0.1:9/hook', event_types: ['email.complained'] });
  const delivery = await koltrix.webhooks.test(webhook.id, {});
  const api_key = await koltrix.apiKeys.create({ name: 'second', scope: 'send' });
  const { address } = await koltrix.suppressions.create({ address: 'bob@example.test' });
  const domain = await koltrix.domains.create({ name: 'bücher.example' });
  const captured = await koltrix.testMessages.list({ wait: 20 });
  const events = await koltrix.events.list({ limit: 1 });
  const report = await until(async () => (await koltrix.reports.list()).data[0]);
  return {
    email_id: scheduled.id,
    domain_id: domain.id,
    webhook_id: webhook.id,
    delivery_id: delivery.id,
    api_key_id: api_key.id,
    key,
    address,
    test_message_id: captured.data.find((m) => m.email_id === sent.id)?.id as string,
    report_id: report.id,
    event_id: events.data[0]?.id as string,
  };
}

/** A path of the contract with its placeholders filled in. */
export function fill(path: string, furniture: Furniture): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(furniture[name as keyof Furniture]));
}

/** The same kinds of names, well-formed, for things that nobody has. */
export function nobodys(furniture: Furniture): Furniture {
  const changed = Object.entries(furniture).map(([name, id]) => [name, id.replace(/\w{6}$/, '000000')]);
  return { ...(Object.fromEntries(changed) as Furniture), address: 'nobody@example.test' };
}
