/** The part of mx-connect that is used; the package brings no types. */
declare module 'mx-connect' {
  import type { X509Certificate } from 'node:crypto';

  interface Tlsa {
    usage: number;
    selector: number;
    mtype: number;
    cert: Buffer;
  }

  const mxConnect: {
    dane: {
      /** Empty when there are none; rejects when DNS does not say. */
      resolveTlsaRecords(
        host: string,
        port: number,
        options: { resolveTlsa(name: string): Promise<Tlsa[]> },
      ): Promise<Tlsa[]>;
      verifyCertAgainstTlsa(
        certificate: X509Certificate,
        records: readonly Tlsa[],
        issuers: X509Certificate[],
      ): { valid: boolean; error: string | null };
    };
  };
  export default mxConnect;
}
