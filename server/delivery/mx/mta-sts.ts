import { request } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { type AddressPolicy, faultOfAddress } from '../../network/guard-address.ts';
import { type Dns, isAbsent } from './dns.ts';
import { createMemory } from './memory.ts';
import { announcedId, parsePolicy, type StsPolicy } from './sts-policy.ts';

export interface MtaStsDeps {
  dns: Pick<Dns, 'txt' | 'a' | 'aaaa'>;
  addresses: AddressPolicy;
  /** Certificate authorities, as PEM. */
  ca: readonly string[];
  /** 443, but for tests. */
  port: number;
  now(): Date;
}

/** The policy that mail for a domain must follow; undefined when there is none to enforce. */
export type FindStsPolicy = (domain: string) => Promise<StsPolicy | undefined>;

interface Held {
  id: string;
  policy: StsPolicy;
  /** From then on it is fetched again, though it be announced as before. */
  renew_ms: number;
  until_ms: number;
}

const MAX_DOMAINS = 20_000;
/** How often a domain is asked whether its policy has changed. */
const LOOK_EVERY_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/**
 * MTA-STS (RFC 8461). A policy is kept for as long as it says, in this process: while it lasts, neither silence in DNS nor
 * a web server that is away ends it. It is renewed long before its end, once a day (3.3). Without one, a policy that cannot
 * be fetched is none (5.1).
 */
export function createFindStsPolicy(deps: MtaStsDeps): FindStsPolicy {
  const held = new Map<string, Held>();
  const looks = createMemory<void>({ now: deps.now, keepFor_ms: () => LOOK_EVERY_MS, most: MAX_DOMAINS });

  async function look(domain: string): Promise<void> {
    const records = await deps.dns.txt(`_mta-sts.${domain}`).catch(() => []);
    const id = announcedId(records);
    const known = held.get(domain);
    const now_ms = deps.now().getTime();
    if (id === undefined || (id === known?.id && now_ms < known.renew_ms)) return;
    const text = await fetchPolicy(deps, `mta-sts.${domain}`).catch(() => undefined);
    const policy = text === undefined ? undefined : parsePolicy(text);
    if (!policy) return;
    if (held.size >= MAX_DOMAINS) held.clear();
    const lasts_ms = policy.max_age_s * 1_000;
    held.set(domain, { id, policy, renew_ms: now_ms + Math.min(lasts_ms / 2, DAY_MS), until_ms: now_ms + lasts_ms });
  }

  return async (domain) => {
    await looks.get(domain, () => look(domain));
    const known = held.get(domain);
    if (known && known.until_ms <= deps.now().getTime()) held.delete(domain);
    else if (known?.policy.mode === 'enforce') return known.policy;
    return undefined;
  };
}

const FETCH_MS = 10_000;
const MAX_POLICY_BYTES = 64 * 1024;

/** The policy file. The host is resolved by our own servers, and an address that mail may not go to is not asked. */
async function fetchPolicy(deps: MtaStsDeps, host: string): Promise<string> {
  const address = await addressOf(deps, host);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host,
        port: deps.port,
        path: '/.well-known/mta-sts.txt',
        ca: [...deps.ca],
        agent: false,
        lookup: fixed(address),
        signal: AbortSignal.timeout(FETCH_MS),
      },
      (response) => {
        // No redirects (3.3).
        if (response.statusCode !== 200) return void asked.destroy(new Error(`answered ${response.statusCode}`));
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > MAX_POLICY_BYTES) asked.destroy(new Error('the policy is too large'));
        });
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

async function addressOf({ dns, addresses }: MtaStsDeps, host: string): Promise<string> {
  const none = (error: unknown): string[] => {
    if (isAbsent(error)) return [];
    throw error;
  };
  const found = [...(await dns.a(host).catch(none)), ...(await dns.aaaa(host).catch(none))];
  const allowed = found.find((address) => faultOfAddress(address, addresses) === undefined);
  if (allowed === undefined) throw new Error(`${host} has no public address`);
  return allowed;
}

/** A look-up that has been made already: the connection goes to the address that was checked. */
function fixed(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4;
  return (_name, { all }, callback) => {
    if (all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}
