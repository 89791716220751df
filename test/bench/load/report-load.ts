import { createHistogram, resultOf } from './histogram.ts';
import type { LoadResult } from './load.ts';
import { openSmtpConnection, type SmtpServer } from './smtp-connection.ts';

export interface ReportMail {
  to: string;
  /** With CRLF; no line is a single dot. */
  source: string;
}

export const REPORT_CONNECTIONS = 20;
/** After so many a client comes from another address: the listener grants 1,200 a minute to each. */
const REPORTS_PER_ADDRESS = 500;

let addresses = 0;
/** Of 127.0.0.0/8, which on Linux all lead to this machine. */
const nextAddress = () => `127.64.${Math.floor(++addresses / 250)}.${(addresses % 250) + 1}`;

/** One run: each report once. A latency runs from MAIL to the final 250. Throws at the first refusal. */
export async function runReports(server: SmtpServer, reports: readonly ReportMail[]): Promise<LoadResult> {
  let next = 0;
  const latencies = createHistogram();
  const started_ms = performance.now();
  const lanes = Array.from({ length: REPORT_CONNECTIONS }, async () => {
    while (next < reports.length && !server.signal.aborted) {
      const connection = await openSmtpConnection({ ...server, local_address: nextAddress() });
      for (let sent = 0; sent < REPORTS_PER_ADDRESS && next < reports.length && !server.signal.aborted; sent++) {
        const { to, source } = reports[next++] as ReportMail;
        const began_ms = performance.now();
        await connection.send('', to, source);
        latencies.add(performance.now() - began_ms);
      }
      connection.close();
    }
  });
  await Promise.all(lanes);
  server.signal.throwIfAborted();
  return resultOf(latencies, performance.now() - started_ms);
}
