import { Resolver } from 'node:dns/promises';
import { dkimVerify, spf } from 'mailauth';
import type { FakeDns } from './dns.ts';

export interface DkimVerdict {
  /** `pass`, or what is wrong. */
  result: string;
  domain: string;
  selector: string;
}

/** What a receiver thinks of the message's signatures, who asks that name server; by an implementation that is not ours. */
export async function verifyDkim({ server }: Pick<FakeDns, 'server'>, message: Uint8Array): Promise<DkimVerdict[]> {
  const dns = new Resolver({ timeout: 2_000, tries: 1 });
  dns.setServers([server]);
  const resolver = (name: string, type: string) => dns.resolve(name, type) as Promise<string[][]>;
  const { results } = await dkimVerify(Buffer.from(message), { resolver, strict: true });
  return results
    .filter(({ status }) => status.result !== 'none')
    .map(({ status, signingDomain, selector }) => ({
      result: status.result === 'pass' ? 'pass' : `${status.result}: ${status.comment}`,
      domain: signingDomain ?? '',
      selector: selector ?? '',
    }));
}

/** What a receiver finds by SPF (RFC 7208) about a client at that address and its MAIL FROM; by the same implementation. */
export async function checkSpf(
  { server }: Pick<FakeDns, 'server'>,
  { ip, mail_from }: { ip: string; mail_from: string },
): Promise<{ result: string; domain: string }> {
  const dns = new Resolver({ timeout: 2_000, tries: 1 });
  dns.setServers([server]);
  const resolver = (name: string, type: string) => dns.resolve(name, type) as Promise<string[][]>;
  const { status, domain } = await spf({ ip, sender: mail_from, helo: 'out.koltrix.test', mta: 'mx.test', resolver });
  return { result: status.result, domain };
}
