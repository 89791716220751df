import type { Log } from '../../server/store/log.ts';

export const silentLog: Log = { info() {}, warn() {}, error() {} };
