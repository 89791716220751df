import type { Tokens } from '../mail/token.ts';
import type { Database } from '../store/database.ts';
import type { DomainDirectory, InstallationHosts } from '../store/domain-directory.ts';
import type { Hints } from '../store/hints.ts';
import type { Log } from '../store/log.ts';
import type { RateLimit } from '../store/rate-limit.ts';
import type { Seal } from '../store/seal.ts';

/** What the roles of a process share: made once by boot. */
export interface Deps {
  db: Database;
  hints: Hints;
  seal: Seal;
  tokens: Tokens;
  /** What sending wants to know of a tenant's domains. */
  directory: DomainDirectory;
  hosts: InstallationHosts;
  rateLimit: RateLimit;
  log: Log;
  now(): Date;
}
