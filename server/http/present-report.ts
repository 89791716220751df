import type { Report } from '../generated/types.gen.ts';
import { showId } from '../store/ids.ts';
import type { ReportRow } from '../store/reports.sql.ts';

export function presentReport(row: ReportRow): Report {
  return {
    id: showId('rep', row.id),
    kind: row.kind,
    signed: row.signed,
    email_id: showId('em', row.email_id),
    message_id: showId('msg', row.message_id),
    recipient: row.recipient,
    event_id: row.event_id && showId('evt', row.event_id),
    mail_from: row.mail_from,
    rcpt_to: row.rcpt_to,
    remote_address: row.remote_address,
    reporting_mta: row.reporting_mta,
    smtp_code: row.smtp_code,
    enhanced_code: row.enhanced_code,
    diagnostic: row.diagnostic,
    feedback_type: row.feedback_type,
    size_bytes: row.size_bytes,
    truncated: row.kept_bytes < row.size_bytes,
    received_at: row.received_at.toISOString(),
  };
}
