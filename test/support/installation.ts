import type { Koltrix } from 'koltrix';
import type { Config } from '../../server/config.ts';
import type { Deps } from '../../server/roles/deps.ts';
import type { Log } from '../../server/store/log.ts';
import type { TestDatabase } from './database.ts';
import type { Tenant } from './tenant.ts';

export interface GivenKoltrix {
  /** Environment variables beside those that the test installation sets. */
  env?: Record<string, string>;
  /** Another installation's database, for several processes on one. */
  database?: TestDatabase;
  now?: () => Date;
  random?: () => number;
  /** Where the installation's log lines go; nowhere when absent. */
  log?: Log;
}

/** An installation in this process: real database, real HTTP, real SMTP, answers held against the contract. */
export interface Installation extends AsyncDisposable {
  url: string;
  smtp_port: number;
  inbound_port: number;
  config: Config;
  database: TestDatabase;
  deps: Deps;
  /** A new tenant with a key of full scope; outside capture mode he may send from `acme.example`, or from these domains. */
  tenant(domains?: readonly string[]): Promise<Tenant>;
  sdk(apiKey: string): Koltrix;
  /** Stops the worker alone, as when it is restarted. */
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
}
