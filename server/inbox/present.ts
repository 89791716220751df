import type { TestAttachment, TestMessage } from '../generated/types.gen.ts';
import type { CapturedRow } from '../store/captured-messages.sql.ts';
import { showId } from '../store/ids.ts';
import type { Parsed, ParsedAttachment } from './parse.ts';

/** A captured message as callers see it; the contents of attachments only on request. */
export function toTestMessage(
  { id, email_id, message_id, mail_from, rcpt_to, received_at, source }: CapturedRow,
  { attachments, ...parsed }: Parsed,
  { contents }: { contents: boolean },
): TestMessage {
  return {
    id: showId('tm', id),
    email_id: showId('em', email_id),
    message_id: showId('msg', message_id),
    mail_from,
    rcpt_to,
    received_at: received_at.toISOString(),
    ...parsed,
    attachments: attachments.map((attachment) => toTestAttachment(attachment, contents)),
    size_bytes: source.length,
    raw: source.toString('utf8'),
  };
}

function toTestAttachment({ content, ...attachment }: ParsedAttachment, contents: boolean): TestAttachment {
  return { ...attachment, size_bytes: content.length, content: contents ? content.toString('base64') : null };
}
