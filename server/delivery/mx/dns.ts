import { Resolver } from 'node:dns/promises';

/** The questions that finding a mail server takes. Each rejects with the code of the resolver: ENOTFOUND, ENODATA, … */
export interface Dns {
  mx(name: string): Promise<{ exchange: string; priority: number }[]>;
  /** IPv4 addresses. */
  a(name: string): Promise<string[]>;
  /** IPv6 addresses. */
  aaaa(name: string): Promise<string[]>;
  /** The strings of each record joined. */
  txt(name: string): Promise<string[]>;
}

const TIMEOUT_MS = 3_000;
const TRIES = 2;

/** Asks the given resolvers, as `127.0.0.1:5353`; without any, the system's. */
export function dnsAt(servers: readonly string[]): Dns {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length) resolver.setServers(servers);
  return {
    mx: (name) => resolver.resolveMx(name),
    a: (name) => resolver.resolve4(name),
    aaaa: (name) => resolver.resolve6(name),
    txt: async (name) => (await resolver.resolveTxt(name)).map((strings) => strings.join('')),
  };
}

/** The name or the record is not there: an answer, not a failure. */
export function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
