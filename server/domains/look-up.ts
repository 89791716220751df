import { Resolver } from 'node:dns/promises';

/** What DNS said. `none`: it knows of no such record. `trouble`: it did not say, so nothing follows from it. */
export type DnsAnswer = { kind: 'found'; values: string[] } | { kind: 'none' } | { kind: 'trouble'; detail: string };

/** Questions to DNS. They never throw, and end within seconds. */
export interface LookUp {
  /** The strings of each record joined. */
  txt(name: string): Promise<DnsAnswer>;
  /** The targets along the chain of aliases, nearest first. */
  cname(name: string): Promise<DnsAnswer>;
  /** The hosts that take mail for the name. */
  mx(name: string): Promise<DnsAnswer>;
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Longer chains than this are loops, or ask for trouble. */
const MAX_ALIASES = 8;

/** Asks the given resolvers, as `127.0.0.1:5353`; without any, the system's. */
export function dnsLookUp(servers: readonly string[]): LookUp {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length) resolver.setServers(servers);
  const cname = (name: string) => ask(() => resolver.resolveCname(name));
  return {
    txt: (name) => ask(async () => (await resolver.resolveTxt(name)).map((strings) => strings.join(''))),
    mx: (name) => ask(async () => (await resolver.resolveMx(name)).map(({ exchange }) => exchange)),
    async cname(name) {
      const chain: string[] = [];
      let next = name;
      while (chain.length < MAX_ALIASES) {
        const answer = await cname(next);
        if (answer.kind === 'trouble' && !chain.length) return answer;
        const target = answer.kind === 'found' ? answer.values[0]?.toLowerCase() : undefined;
        if (target === undefined || chain.includes(target)) break;
        chain.push(target);
        next = target;
      }
      return chain.length ? { kind: 'found', values: chain } : { kind: 'none' };
    },
  };
}

async function ask(question: () => Promise<string[]>): Promise<DnsAnswer> {
  try {
    const values = await question();
    return values.length ? { kind: 'found', values } : { kind: 'none' };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOTFOUND' || code === 'ENODATA') return { kind: 'none' };
    return { kind: 'trouble', detail: TROUBLE[code] ?? `could not be asked (${code || 'no reason given'})` };
  }
}

const TROUBLE: Record<string, string> = {
  ETIMEOUT: 'did not answer in time',
  ESERVFAIL: 'answered with a failure (SERVFAIL)',
  EREFUSED: 'refused the question (REFUSED)',
  ECONNREFUSED: 'could not be reached',
  EBADRESP: 'gave an answer that cannot be read',
  EFORMERR: 'did not understand the question (FORMERR)',
};
