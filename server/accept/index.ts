/** The door of the pipeline: everything that enters goes through `accept`. */
export { type Accept, createAccept } from './accept.ts';
export { inProgress, isInProgress, replay } from './idempotency.ts';
export { MAX_RECIPIENTS } from './plan.ts';
export type { AcceptedEmail, EmailSubmission, Idempotency, Submission } from './submission.ts';
