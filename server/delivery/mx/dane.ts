import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import mxConnect from 'mx-connect';
import type { Dns, TlsaRecord } from './dns.ts';
import { createMemory } from './memory.ts';

/**
 * DANE for SMTP (RFC 7672), by mx-connect. Of that package only this part is used: it connects one message at a time, and
 * connections here are shared by the whole set of a domain's servers, which must be known before one is opened.
 */
export type FindTlsa = (host: string) => Promise<TlsaRecord[]>;

const KEEP_MS = 5 * 60_000;
const MAX_HOSTS = 20_000;

/** The usable TLSA records of a host; rejects when DNS does not say, for then the host must be left alone (2.1.1). */
export function createFindTlsa({ dns, port, now }: { dns: Pick<Dns, 'tlsa'>; port: number; now(): Date }): FindTlsa {
  const memory = createMemory<TlsaRecord[]>({ now, keepFor_ms: () => KEEP_MS, most: MAX_HOSTS });
  return (host) =>
    memory.get(host, async () => {
      const records = await mxConnect.dane.resolveTlsaRecords(host, port, { resolveTlsa: dns.tlsa });
      // RFC 7672, 3.1: only DANE-TA and DANE-EE are for SMTP.
      return records.filter(({ usage }) => usage === 2 || usage === 3);
    });
}

/** Why the server's certificate is not the one that TLSA records name; undefined when it is. */
export function daneFault(socket: TLSSocket, records: readonly TlsaRecord[]): string | undefined {
  const leaf = socket.getPeerX509Certificate();
  if (!leaf) return 'the server showed no certificate';
  const issuers: X509Certificate[] = [];
  for (let next = leaf.issuerCertificate; next && issuers.length < 10; next = next.issuerCertificate)
    issuers.push(next);
  const { valid, error } = mxConnect.dane.verifyCertAgainstTlsa(leaf, records, issuers);
  return valid ? undefined : (error ?? 'no TLSA record fits the certificate');
}
