import type { Report } from '../generated/types.gen.ts';
import { append } from './log.ts';
import { utf8 } from './mime/bytes.ts';
import { suppress } from './suppressions.ts';
import { asWorker, type EmailRecord, type MessageRecord, type World } from './world.ts';

const FEEDBACK_ms = 1_000;
const REPORTED = '550 5.1.1 The recipient does not exist (delivery report)';

/** A simulated recipient has taken the message; a second later comes a report. */
export function planFeedback(
  world: World,
  record: EmailRecord,
  message: MessageRecord,
  kind: 'bounce' | 'complaint',
): void {
  const due = new Date(world.clock.now().getTime() + FEEDBACK_ms);
  const come = () => (kind === 'bounce' ? bounced : complained)(world, record, message);
  world.clock.at(due, () => asWorker(world, come));
}

function complained(world: World, record: EmailRecord, message: MessageRecord): void {
  const report_id = world.newId('rep');
  message.status = 'complained';
  const complaint = { feedback_type: 'abuse', report_id };
  const { id: event_id } = append(world, record, message, 'email.complained', { complaint });
  suppress(world, message, 'complaint', 'The recipient reported the message as unwanted.');
  keep(world, record, message, { id: report_id, kind: 'complaint', event_id, feedback_type: 'abuse' }, [
    'Feedback-Type: abuse',
    'User-Agent: simulator.test/1.0',
    'Version: 1',
    `Original-Rcpt-To: ${message.canonical}`,
  ]);
}

function bounced(world: World, record: EmailRecord, message: MessageRecord): void {
  const report_id = world.newId('rep');
  const codes = { smtp_code: 550, enhanced_code: '5.1.1' };
  message.status = 'bounced';
  message.last_reply = { ...codes, text: REPORTED };
  const bounce = { class: 'hard', ...codes, diagnostic: REPORTED, report_id } as const;
  const { id: event_id } = append(world, record, message, 'email.bounced', { bounce });
  suppress(world, message, 'hard', REPORTED);
  const said = { ...codes, diagnostic: REPORTED, reporting_mta: 'simulator.test' };
  keep(world, record, message, { id: report_id, kind: 'bounce', event_id, ...said }, [
    'Reporting-MTA: dns; simulator.test',
    '',
    `Final-Recipient: rfc822; ${message.canonical}`,
    'Action: failed',
    'Status: 5.1.1',
    `Diagnostic-Code: smtp; ${REPORTED}`,
  ]);
}

type Said = Pick<Report, 'id' | 'kind' | 'event_id'> & Partial<Report>;

/** Keeps the report (RFC 3464, RFC 5965) as it came. */
function keep(world: World, record: EmailRecord, message: MessageRecord, said: Said, fields: string[]): void {
  const type = said.kind === 'bounce' ? 'delivery-status' : 'feedback-report';
  const boundary = `=_${said.kind}_${message.id}`;
  const lines = [
    'From: Mail Delivery System <MAILER-DAEMON@simulator.test>',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${type}; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    `Content-Type: message/${type}`,
    '',
    ...fields,
    `--${boundary}--`,
    '',
  ];
  const source = utf8(lines.join('\r\n'));
  const report: Report = {
    signed: true,
    email_id: record.email.id,
    message_id: message.id,
    recipient: message.recipient,
    mail_from: '',
    rcpt_to: `b+${message.id.replace('msg_', '')}@simulator.test`,
    remote_address: null,
    reporting_mta: null,
    smtp_code: null,
    enhanced_code: null,
    diagnostic: null,
    feedback_type: null,
    size_bytes: source.length,
    truncated: false,
    received_at: world.clock.now().toISOString(),
    ...said,
  };
  world.reports.push({ report, source });
}
