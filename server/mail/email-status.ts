/** The states of an outbound message, by rising rank: the order of the contract's enum and of the database's type. */
export const messageStatuses = [
  'scheduled',
  'queued',
  'sent',
  'delivered',
  'opened',
  'clicked',
  'suppressed',
  'canceled',
  'failed',
  'bounced',
  'complained',
] as const;

export type MessageStatus = (typeof messageStatuses)[number];

const IN_FLIGHT: readonly MessageStatus[] = ['scheduled', 'queued'];
const SUCCESS: readonly MessageStatus[] = ['clicked', 'opened', 'delivered', 'sent'];
const WAYS_OUT: readonly MessageStatus[] = ['bounced', 'complained', 'failed', 'suppressed', 'canceled'];

/**
 * Sums up an email's messages: while any is in flight, the least advanced of those; when none is, the most advanced
 * success; with no success, the first of the ways out. The twin in SQL, `email_status`, serves to filter.
 */
export function emailStatus(statuses: readonly MessageStatus[]): MessageStatus {
  const present = new Set(statuses);
  const status = [...IN_FLIGHT, ...SUCCESS, ...WAYS_OUT].find((s) => present.has(s));
  if (!status) throw new Error('an email without messages has no status');
  return status;
}

/** Whether a message may go from one status to another: only forward. */
export function movesForward(from: MessageStatus, to: MessageStatus): boolean {
  return messageStatuses.indexOf(to) > messageStatuses.indexOf(from);
}
