import type { Behaviours } from '../context.ts';
import { account } from './account.ts';
import { domains } from './domains.ts';
import { emails } from './emails.ts';
import { events } from './events.ts';
import { recipients } from './recipients.ts';
import { reports } from './reports.ts';
import { suppressions } from './suppressions.ts';
import { testMessages } from './test-messages.ts';
import { webhooks } from './webhooks.ts';

/** What the mock does, by operation. */
export const behaviours: Behaviours = {
  ...emails,
  ...events,
  ...webhooks,
  ...suppressions,
  ...recipients,
  ...reports,
  ...domains,
  ...account,
  ...testMessages,
};
