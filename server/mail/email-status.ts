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

/** In flight, successes, ways out: of these the first that any message has. */
const BY_WEIGHT: readonly MessageStatus[] = [
  'scheduled',
  'queued',
  'clicked',
  'opened',
  'delivered',
  'sent',
  'bounced',
  'complained',
  'failed',
  'suppressed',
  'canceled',
];

/**
 * Sums up an email's messages: while any is in flight, the least advanced of those; when none is, the most advanced
 * success; with no success, the first of the ways out. The twin in SQL, `email_status`, serves to filter.
 */
export function emailStatus(statuses: readonly MessageStatus[]): MessageStatus {
  const status = BY_WEIGHT.find((s) => statuses.includes(s));
  if (!status) throw new Error('an email without messages has no status');
  return status;
}

/** Whether a message may go from one status to another: only forward. */
export function movesForward(from: MessageStatus, to: MessageStatus): boolean {
  return messageStatuses.indexOf(to) > messageStatuses.indexOf(from);
}
