import { Refusal } from '../errors/refusal.ts';
import type { NewEvent } from '../events/catalogue.ts';
import type { CommitOutcome, PlannedEmail, SuppressionHit, Unit } from '../store/accept-unit.ts';
import type { Database } from '../store/database.ts';
import type { DomainDirectory } from '../store/domain-directory.ts';
import { type GroupCommit, groupCommit } from '../store/group-commit.ts';
import type { Hints } from '../store/hints.ts';
import type { Seal } from '../store/seal.ts';
import { inProgress, replay } from './idempotency.ts';
import { plan } from './plan.ts';
import { requireVerifiedSenders } from './senders.ts';
import type { AcceptedEmail, Answer, Submission } from './submission.ts';
import { writeUnits } from './write-units.ts';

export interface AcceptDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  seal: Pick<Seal, 'open'>;
  directory: DomainDirectory;
  /** Mail goes out only in the name of domains that are proven to be the tenant's: so unless nothing leaves the machine. */
  verified_senders_only: boolean;
  now(): Date;
  newId(): string;
}

export type Accepted = Answer & { replayed: boolean };

/** The only way a message enters. Resolves after COMMIT, so 202 and 250 both mean durable; throws a Refusal. */
export type Accept = (submission: Submission) => Promise<Accepted>;

const IDEMPOTENCY_HOURS = 24;

export function createAccept(deps: AcceptDeps): Accept {
  const commit = groupCommit<Unit, CommitOutcome>({
    limit: 256,
    limit_bytes: 8 * 1024 * 1024,
    size_bytes: (unit) => unit.emails.reduce((sum, email) => sum + email.content.length, 0),
    // The second is at work until this process comes round to what the first has written.
    lanes: 2,
    begin_at: 26,
    write: async (units) => {
      const outcomes = await writeUnits(deps.db, units, deps.now());
      return outcomes.map((result) => ({ result }));
    },
  });

  return async (submission) => {
    const { tenant_id, idempotency } = submission;
    const emails = plan(submission, { now: deps.now(), newId: deps.newId });
    const earlier = deps.verified_senders_only ? await checkSenders(deps, submission, emails) : undefined;
    if (earlier) return earlier;
    if (!idempotency) return commitPlan(deps, commit, submission, emails);
    const release = inProgress(tenant_id, idempotency.key);
    try {
      return await commitPlan(deps, commit, submission, emails);
    } finally {
      release();
    }
  };
}

/** Throws when a sender may not send, unless the request was accepted once while he might: then answers what it was told. */
async function checkSenders(
  deps: AcceptDeps,
  submission: Submission,
  emails: PlannedEmail[],
): Promise<Accepted | undefined> {
  try {
    await requireVerifiedSenders(deps.directory, submission, emails);
    return undefined;
  } catch (error) {
    const { tenant_id, idempotency } = submission;
    const stored = idempotency && (await replay<Answer>(deps, tenant_id, idempotency));
    if (stored) return { ...stored, replayed: true };
    throw error;
  }
}

/**
 * Commits in the hope that nobody is suppressed and the key is new, which is nearly always so. What the database finds
 * otherwise comes back with nothing written: suppressed recipients are marked and it goes again; a taken key is replayed.
 */
async function commitPlan(
  deps: AcceptDeps,
  commit: GroupCommit<Unit, CommitOutcome>,
  submission: Submission,
  emails: PlannedEmail[],
): Promise<Accepted> {
  const { tenant_id, idempotency } = submission;
  for (;;) {
    const answer = submission.answer(emails.map(toAccepted));
    const outcome = await commit({
      tenant_id,
      emails,
      idempotency: idempotency && {
        ...idempotency,
        status: answer.status,
        answer: Buffer.from(JSON.stringify(answer.body)),
        expires_at: new Date(deps.now().getTime() + IDEMPOTENCY_HOURS * 3_600_000),
      },
    });
    if (outcome.kind === 'committed') {
      giveHints(deps, tenant_id, outcome.webhooks);
      return { ...answer, replayed: false };
    }
    if (outcome.kind === 'key-taken') {
      const stored = idempotency && (await replay<Answer>(deps, tenant_id, idempotency));
      if (stored) return { ...stored, replayed: true };
      throw new Refusal('unavailable', 'The idempotency key changed hands while it was looked up; retry.', {
        retry_after_s: 1,
      });
    }
    emails = emails.map((email) => markSuppressed(email, outcome.hits));
  }
}

function giveHints({ hints }: AcceptDeps, tenant_id: string, webhooks: boolean): void {
  hints.give('due');
  hints.give(`events:${tenant_id}`);
  if (webhooks) hints.give('webhooks');
}

function markSuppressed(email: PlannedEmail, hits: SuppressionHit[]): PlannedEmail {
  const messages = email.messages.map((message) => {
    const hit = hits.find(({ canonical }) => canonical === message.canonical);
    if (!hit) return message;
    const event: NewEvent = {
      type: 'email.suppressed',
      detail: { suppression: { reason: hit.reason, expires_at: hit.expires_at?.toISOString() ?? null } },
    };
    return { ...message, status: 'suppressed' as const, event };
  });
  return { ...email, messages };
}

function toAccepted({ id, created_at, messages }: PlannedEmail): AcceptedEmail {
  return { id, created_at, messages };
}
