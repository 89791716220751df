import { randomBytes } from 'node:crypto';
import type { Email, Event, EventType, Koltrix, Scope, TestMessage } from 'koltrix';
import { insertKey } from '../../server/store/api-keys.sql.ts';
import type { Database } from '../../server/store/database.ts';
import { newId } from '../../server/store/ids.ts';
import { newApiKey, storedForm } from '../../server/store/new-api-key.ts';
import { insertTenant } from '../../server/store/tenants.sql.ts';
import { until } from './until.ts';

export interface Tenant {
  /** uuid. */
  id: string;
  key: string;
  url: string;
  smtp_port: number;
  koltrix: Koltrix;
  /** A further key of this tenant. */
  keyWith(scope: Scope): Promise<string>;
  /** A request as any HTTP client makes it; the path is below `/api/v2`. */
  fetch(path: string, init?: RequestInit & { key?: string }): Promise<Response>;
  suppress(address: string): Promise<void>;
  /** All events so far, oldest first. */
  events(type?: EventType): Promise<Event[]>;
  /** All captured mail so far, newest first. */
  captured(to?: string): Promise<TestMessage[]>;
  /** The email once none of its messages is in flight any more. */
  settled(email_id: string): Promise<Email>;
}

interface TenantDeps {
  db: Database;
  url: string;
  smtp_port: number;
  sdk(apiKey: string): Koltrix;
  now(): Date;
}

export async function givenTenantIn({ db, url, smtp_port, sdk, now }: TenantDeps): Promise<Tenant> {
  const id = newId();
  await insertTenant(db, { id, name: 'acme', created_at: now() });
  const keyWith = async (scope: Scope) => {
    const key = newApiKey(randomBytes);
    await insertKey(db, { id: newId(), tenant_id: id, name: scope, scope, ...storedForm(key), created_at: now() });
    return key;
  };
  const key = await keyWith('full');
  return tenantOn({ id, key, url, smtp_port, koltrix: sdk(key), keyWith });
}

/** What a tenant can do with his key, wherever it is good. */
export function tenantOn(own: Pick<Tenant, 'id' | 'key' | 'url' | 'smtp_port' | 'koltrix' | 'keyWith'>): Tenant {
  const { key, url, koltrix } = own;
  return {
    ...own,
    fetch: (path, { key: other, ...init } = {}) =>
      fetch(`${url}/api/v2${path}`, {
        ...init,
        headers: { authorization: `Bearer ${other ?? key}`, ...(init.headers as Record<string, string> | undefined) },
      }),
    async suppress(address) {
      await koltrix.suppressions.create({ address });
    },
    async events(type) {
      return Array.fromAsync(koltrix.events.list(type ? { type: [type], limit: 100 } : { limit: 100 }));
    },
    async captured(to) {
      return Array.fromAsync(koltrix.testMessages.list(to ? { to, limit: 100 } : { limit: 100 }));
    },
    settled: (email_id) =>
      until(async () => {
        const email = await koltrix.emails.get(email_id);
        return email.status === 'queued' || email.status === 'scheduled' ? undefined : email;
      }),
  };
}
