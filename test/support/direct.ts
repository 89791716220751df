import { type FakeDns, givenDns } from './dns.ts';
import { freePort } from './free-port.ts';
import { type GivenKoltrix, givenKoltrix, type Installation } from './koltrix.ts';
import { givenSendingDomain } from './sending-domain.ts';
import { type Smarthost, type SmarthostOptions, startSmarthost } from './smarthost.ts';
import type { Tenant } from './tenant.ts';

/** An internet on loopback: name servers that know what they are told, mail servers that do as they are told. */
export interface Internet extends AsyncDisposable {
  dns: FakeDns;
  /** Where all mail servers listen, each at an address of its own. */
  mx_port: number;
  /** For an installation that delivers into it. */
  env: Record<string, string>;
  /** A mail server at the next free address; published under these names, and as the MX of these domains. */
  mx(options?: SmarthostOptions & { names?: string[]; domains?: string[] }): Promise<Smarthost>;
  /** Its mail servers end all conversations. */
  hangUp(): void;
  /** An address of loopback that nobody listens at. */
  nobody(): string;
}

/** Files that run at the same time have addresses apart from each other. */
const FIRST = 40 * Number(process.env.VITEST_POOL_ID ?? 0);
let addresses = 0;
/** Addresses of 127.77.0.0/16, which all lead to this machine. */
const nextAddress = () => `127.77.${FIRST + (Math.floor(++addresses / 250) % 40)}.${(addresses % 250) + 1}`;

export async function givenInternet(): Promise<Internet> {
  await using stack = new AsyncDisposableStack();
  const dns = stack.use(await givenDns());
  const mx_port = await freePort();
  const owned = stack.move();
  const servers: Smarthost[] = [];
  return {
    dns,
    mx_port,
    env: {
      KOLTRIX_DELIVERY: 'direct',
      KOLTRIX_DNS_SERVERS: dns.server,
      KOLTRIX_MX_PORT: String(mx_port),
      KOLTRIX_MX_NETWORKS: '127.77.0.0/16,::1/128',
      KOLTRIX_HELO_NAME: 'out.koltrix.test',
    },
    async mx({ names = [], domains = [], ...options } = {}) {
      const host = options.host ?? nextAddress();
      const server = owned.use(await startSmarthost({ ...options, host, port: mx_port }));
      servers.push(server);
      const kind = host.includes(':') ? 'AAAA' : 'A';
      const [first = `mx.${domains[0]}`, ...others] = names;
      for (const name of [first, ...others]) dns.publish(name, { [kind]: [host] });
      for (const domain of domains) dns.publish(domain, { MX: [{ priority: 10, exchange: first }] });
      return server;
    },
    nobody: nextAddress,
    hangUp() {
      for (const server of servers) server.hangUp();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An installation that delivers into the internet, and does not wait in the end for servers that are silent. */
export async function givenDirect(internet: Internet, { env, ...options }: GivenKoltrix = {}): Promise<Installation> {
  const koltrix = await givenKoltrix({ ...options, env: { ...internet.env, ...env } });
  return {
    ...koltrix,
    async [Symbol.asyncDispose]() {
      internet.hangUp();
      await koltrix[Symbol.asyncDispose]();
    },
  };
}

let senders = 0;

export interface Sender extends Tenant {
  from: string;
  send(to: string[], changes?: object): Promise<string>;
}

/** A tenant with a domain of its own to send from, proven. */
export async function givenSender(koltrix: Installation, { dns }: Internet): Promise<Sender> {
  const tenant = await koltrix.tenant();
  const domain = `sender${++senders}.example`;
  await givenSendingDomain(tenant, dns, domain);
  const from = `hello@${domain}`;
  return {
    ...tenant,
    from,
    async send(to, changes = {}) {
      const email = { from, to, subject: 'Hello', body_text: 'Hello', ...changes };
      return (await tenant.koltrix.emails.send(email)).id;
    },
  };
}
