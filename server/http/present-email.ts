import type { Email, EmailSummary, Message, SmtpReply } from '../generated/types.gen.ts';
import { splitAddressList } from '../mail/address-list.ts';
import type { Content } from '../mail/compose.ts';
import { emailStatus } from '../mail/email-status.ts';
import { headerValue, splitRaw } from '../mail/raw.ts';
import { rawOptions } from '../mail/tracking/options.ts';
import type { EmailContentRow, EmailRow } from '../store/emails.sql.ts';
import { showId } from '../store/ids.ts';
import type { MessageRow } from '../store/outbound-messages.sql.ts';

export function presentSummary(row: EmailRow, messages: MessageRow[]): EmailSummary {
  return {
    id: showId('em', row.id),
    source: row.source,
    status: emailStatus(messages.map((m) => m.status)),
    from: row.from_header,
    subject: row.subject,
    bulk: messages.some((m) => m.bulk),
    tags: row.tags,
    metadata: row.metadata,
    scheduled_at: row.scheduled_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    messages: messages.map(presentMessage),
  };
}

export function presentEmail(row: EmailContentRow, messages: MessageRow[]): Email {
  const details =
    row.format === 'composed' ? composedDetails(JSON.parse(row.content.toString())) : rawDetails(row.content);
  return { ...presentSummary(row, messages), ...details, size_bytes: row.content.length };
}

function presentMessage(row: MessageRow): Message {
  return {
    id: showId('msg', row.id),
    recipient: row.recipient,
    kind: row.kind,
    status: row.status,
    attempts: row.attempt,
    next_attempt_at: row.due_at?.toISOString() ?? null,
    last_reply: lastReply(row),
    opens: row.opens,
    machine_opens: row.machine_opens,
    clicks: row.clicks,
    machine_clicks: row.machine_clicks,
  };
}

export function lastReply({
  last_smtp_code,
  last_enhanced_code,
  last_reply,
}: Pick<MessageRow, 'last_smtp_code' | 'last_enhanced_code' | 'last_reply'>): SmtpReply | null {
  if (last_reply === null) return null;
  return { smtp_code: last_smtp_code, enhanced_code: last_enhanced_code, text: last_reply };
}

type Details = Omit<Email, keyof EmailSummary | 'size_bytes'>;

function composedDetails(content: Content): Details {
  return {
    to: content.to,
    cc: content.cc ?? [],
    bcc: content.bcc ?? [],
    reply_to: content.reply_to ?? [],
    body_html: content.body_html ?? null,
    body_text: content.body_text ?? null,
    headers: content.headers ?? {},
    attachments: (content.attachments ?? []).map((a) => ({
      filename: a.filename,
      content_type: a.content_type ?? null,
      content_id: a.content_id ?? null,
      size_bytes: Buffer.byteLength(a.content, 'base64'),
    })),
    track_opens: content.track_opens ?? null,
    track_clicks: content.track_clicks ?? null,
    unsubscribe: content.unsubscribe ?? false,
  };
}

/** Of a raw message only the address headers are shown; its parts are the sender's own business. */
function rawDetails(content: Buffer): Details {
  const raw = splitRaw(content);
  const { track_opens = null, track_clicks = null, unsubscribe = false } = rawOptions(raw);
  const list = (name: string) => splitAddressList(headerValue(raw, name) ?? '');
  return {
    to: list('to'),
    cc: list('cc'),
    bcc: [],
    reply_to: list('reply-to'),
    body_html: null,
    body_text: null,
    headers: {},
    attachments: [],
    track_opens,
    track_clicks,
    unsubscribe,
  };
}
