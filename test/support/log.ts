import type { Log } from '../../server/store/log.ts';

export const silentLog: Log = { info() {}, warn() {}, error() {} };

export interface LogLine {
  fields: Record<string, unknown>;
  message: string;
}

/** A log whose errors a test can read. */
export function givenLog(): Log & { errors: LogLine[] } {
  const errors: LogLine[] = [];
  return { ...silentLog, errors, error: (fields, message) => void errors.push({ fields: { ...fields }, message }) };
}
