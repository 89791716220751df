/**
 * The part of mx-connect that is used; the package brings no types. Not its connecting: it does so for one message at a
 * time, and connections here are shared by the whole set of a domain's servers.
 */
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
      verifyCertAgainstTlsa(
        certificate: X509Certificate,
        records: readonly Tlsa[],
        issuers: X509Certificate[],
      ): { valid: boolean; error: string | null };
    };
  };
  export default mxConnect;
}
