import type { Feedback } from '../store/captured-messages.sql.ts';

export interface ReportedMessage {
  /** Shown id. */
  message_id: string;
  recipient: string;
  /** The start of the message, with its header. */
  head: Buffer;
}

/** What a simulated recipient's server sends back: a delivery report (RFC 3464) or a complaint (RFC 5965). */
export function composeReport(kind: Feedback, { message_id, recipient, head }: ReportedMessage): Buffer {
  // The same each time: a report that is given twice must be known for the same.
  const boundary = `=_${kind}_${message_id}`;
  const { subject, type, words, fields } = kind === 'bounce' ? bounceOf(recipient) : complaintOf(recipient);
  const part = (lines: string[]) => ['', `--${boundary}`, ...lines];
  const start = [
    'From: Mail Delivery System <MAILER-DAEMON@simulator.test>',
    `Subject: ${subject}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${type}; boundary="${boundary}"`,
    ...part(['Content-Type: text/plain; charset=utf-8', '', words]),
    ...part([`Content-Type: message/${type}`, '', ...fields]),
    ...part(['Content-Type: text/rfc822-headers', '', '']),
  ].join('\r\n');
  return Buffer.concat([Buffer.from(start), headerOf(head), Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

const REPORTED = '550 5.1.1 The recipient does not exist (delivery report)';

function bounceOf(recipient: string) {
  return {
    subject: 'Undelivered Mail Returned to Sender',
    type: 'delivery-status',
    words: `<${recipient}>: ${REPORTED}`,
    fields: [
      'Reporting-MTA: dns; simulator.test',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      'Action: failed',
      'Status: 5.1.1',
      `Diagnostic-Code: smtp; ${REPORTED}`,
    ],
  };
}

function complaintOf(recipient: string) {
  return {
    subject: 'Complaint about a message',
    type: 'feedback-report',
    words: 'The recipient has reported this message as unwanted.',
    fields: ['Feedback-Type: abuse', 'User-Agent: simulator.test/1.0', 'Version: 1', `Original-Rcpt-To: ${recipient}`],
  };
}

function headerOf(head: Buffer): Buffer {
  const end = head.indexOf('\r\n\r\n');
  return end < 0 ? head : head.subarray(0, end + 2);
}
