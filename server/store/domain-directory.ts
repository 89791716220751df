import type { Database } from './database.ts';
import { findSendingDomain } from './dkim-keys.sql.ts';
import type { Hints } from './hints.ts';

/** A tenant's domain as sending sees it. */
export interface SendingDomain {
  id: string;
  /** Lower case, in ASCII. */
  name: string;
  /** DNS proves that it is the tenant's, or did until a short while ago. */
  verified: boolean;
  /** The first one signs. Empty unless verified. */
  keys: readonly SigningKey[];
  /** `bounces.<domain>`, when it leads to the installation's bounce domain; undefined unless verified. */
  return_path: string | undefined;
  /** `links.<domain>`, when it leads to the installation's public host; undefined unless verified. */
  tracking_host: string | undefined;
}

export interface SigningKey {
  /** uuid. A key never changes under its id. */
  id: string;
  selector: string;
  /** PKCS #8 in PEM, sealed. */
  private_key: Buffer;
}

/**
 * A cache of seconds before the database, for what every email asks: at once when it is known, else a promise. A domain
 * that the tenant does not have is undefined. `name` is in lower case and ASCII, as `domainOf` answers it.
 */
export interface DomainDirectory {
  find(tenant_id: string, name: string): SendingDomain | undefined | Promise<SendingDomain | undefined>;
  /** As the database has it now; `find` answers the same from then on. */
  refresh(tenant_id: string, name: string): Promise<SendingDomain | undefined>;
}

export interface DirectoryDeps {
  db: Database;
  hints: Pick<Hints, 'on'>;
  now(): Date;
}

/** The hosts of this installation to which verified records of domains lead. */
export interface InstallationHosts {
  /** Where return paths lead: KOLTRIX_BOUNCE_DOMAIN. */
  bounce_domain: string | undefined;
  /** Where tracked links lead: the host name of KOLTRIX_PUBLIC_URL. */
  public_host: string | undefined;
}

/** Any change to a domain clears the cache at once, in every process that hears of it; the others are this much behind. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 10_000;

interface Known {
  domain: SendingDomain | undefined | Promise<SendingDomain | undefined>;
  expires_ms: number;
}

export function createDomainDirectory(
  { db, hints, now }: DirectoryDeps,
  { bounce_domain, public_host }: InstallationHosts,
): DomainDirectory {
  const cache = new Map<string, Known>();
  hints.on('domains', () => cache.clear());

  async function load(tenant_id: string, name: string): Promise<SendingDomain | undefined> {
    const row = await findSendingDomain(db, tenant_id, name, { return_path: bounce_domain, tracking: public_host });
    if (!row) return undefined;
    const { id, verified } = row;
    return {
      id,
      name,
      verified,
      keys: verified ? row.keys.map((key) => ({ ...key, private_key: Buffer.from(key.private_key, 'base64') })) : [],
      return_path: (verified && row.return_path) || undefined,
      tracking_host: (verified && row.tracking_host) || undefined,
    };
  }

  /** Those who ask meanwhile wait for the same answer; what was cleared while it was read is not remembered. */
  function remember(tenant_id: string, name: string): Promise<SendingDomain | undefined> {
    const key = `${tenant_id} ${name}`;
    const loading = load(tenant_id, name);
    const entry: Known = { domain: loading, expires_ms: now().getTime() + CACHE_MS };
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    cache.set(key, entry);
    loading.then(
      (domain) => {
        entry.domain = domain;
      },
      () => {
        if (cache.get(key) === entry) cache.delete(key);
      },
    );
    return loading;
  }

  return {
    find(tenant_id, name) {
      const known = cache.get(`${tenant_id} ${name}`);
      return known && known.expires_ms > now().getTime() ? known.domain : remember(tenant_id, name);
    },
    refresh: remember,
  };
}
