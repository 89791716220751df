import { Refusal } from '../errors/refusal.ts';
import type { Domain } from '../generated/types.gen.ts';
import { type CheckDeps, checkDomain } from './check.ts';
import { findDomain, getDomain } from './domains.ts';

/** Looks of one tenant that run at once: more would make of us a tool to flood somebody's name servers. */
const MAX_AT_ONCE = 10;

/** By tenant, the looks that run: by domain. */
const running = new Map<string, Map<string, Promise<void>>>();

/** Asks DNS now and answers the domain as it is then. Refuses: `not-found`, `rate-limited` (ten look-ups run already). */
export async function verifyDomain(deps: CheckDeps, tenant_id: string, shown_id: string): Promise<Domain> {
  const row = await findDomain(deps, tenant_id, shown_id);
  const looks = running.get(tenant_id) ?? new Map<string, Promise<void>>();
  running.set(tenant_id, looks);
  if (!looks.has(row.id) && looks.size >= MAX_AT_ONCE) {
    throw new Refusal('rate-limited', `${MAX_AT_ONCE} of your domains are being looked up; retry in a few seconds.`, {
      retry_after_s: 5,
    });
  }
  const look = looks.get(row.id) ?? checkDomain(deps, row);
  looks.set(row.id, look);
  try {
    await look;
  } finally {
    looks.delete(row.id);
    if (!looks.size) running.delete(tenant_id);
  }
  return getDomain(deps, tenant_id, shown_id);
}
