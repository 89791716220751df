import type { Database } from './database.ts';
import type { Hints } from './hints.ts';

/** Whether opens and clicks are counted where the email itself does not say. */
export interface TrackingDefaults {
  track_opens: boolean;
  track_clicks: boolean;
}

/** By tenant and sending domain (lower case, in ASCII), from a cache of seconds. */
export type FindTrackingDefaults = (tenant_id: string, domain: string) => Promise<TrackingDefaults>;

/** A change clears the cache at once, in every process that hears of it (hint `domains`); the others are this much behind. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 10_000;

export function createTrackingDefaults({
  db,
  hints,
  now,
}: {
  db: Database;
  hints: Pick<Hints, 'on'>;
  now(): Date;
}): FindTrackingDefaults {
  const cache = new Map<string, { found: Promise<TrackingDefaults>; expires_ms: number }>();
  hints.on('domains', () => cache.clear());
  return (tenant_id, domain) => {
    const key = `${tenant_id} ${domain}`;
    const known = cache.get(key);
    if (known && known.expires_ms > now().getTime()) return known.found;
    const entry = { found: load(db, tenant_id, domain), expires_ms: now().getTime() + CACHE_MS };
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    cache.set(key, entry);
    entry.found.catch(() => {
      if (cache.get(key) === entry) cache.delete(key);
    });
    return entry.found;
  };
}

async function load(db: Database, tenant_id: string, domain: string): Promise<TrackingDefaults> {
  const { rows } = await db.query<{ track_opens: boolean; track_clicks: boolean }>({
    name: 'tracking_settings.load',
    text: `
      select coalesce(d.track_opens, t.track_opens) as track_opens, coalesce(d.track_clicks, t.track_clicks) as track_clicks
        from tenants t left join domains d on d.tenant_id = t.id and d.name = $2
       where t.id = $1`,
    values: [tenant_id, domain],
  });
  return rows[0] ?? { track_opens: false, track_clicks: false };
}
