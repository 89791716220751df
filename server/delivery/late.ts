import type { Database } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import { applyLate, isQueued, type LateVerdict } from '../store/settlements.sql.ts';

export interface LateDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  now(): Date;
  newId(): string;
}

/** What came back after the message had left. */
export interface Feedback {
  message_id: string;
  kind: 'complaint' | 'bounce';
}

/** Applies a late verdict: a complaint or a bounce report. False while the message has not been settled yet. */
export async function applyFeedback({ db, hints, now, newId }: LateDeps, feedback: Feedback): Promise<boolean> {
  if (await isQueued(db, feedback.message_id)) return false;
  const applied = await applyLate(db, verdictOf(feedback, newId()), now());
  if (applied) {
    hints.give(`events:${applied.tenant_id}`);
    if (applied.webhooks) hints.give('webhooks');
  }
  return true;
}

const REPORTED = '550 5.1.1 The recipient does not exist (delivery report)';

function verdictOf({ message_id, kind }: Feedback, id: string): LateVerdict {
  if (kind === 'complaint') {
    return {
      message_id,
      status: 'complained',
      reason: 'complaint',
      diagnostic: 'The recipient reported the message as unwanted.',
      expires_at: null,
      reply: undefined,
      event: { id, type: 'email.complained', detail: { complaint: { feedback_type: 'abuse' } } },
    };
  }
  return {
    message_id,
    status: 'bounced',
    reason: 'hard',
    diagnostic: REPORTED,
    expires_at: null,
    reply: { smtp_code: 550, enhanced_code: '5.1.1' },
    event: {
      id,
      type: 'email.bounced',
      detail: { bounce: { class: 'hard', smtp_code: 550, enhanced_code: '5.1.1', diagnostic: REPORTED } },
    },
  };
}
