import { domainOf } from '../mail/address.ts';
import { type Content, compose, stampRaw } from '../mail/compose.ts';
import type { ContentRow } from '../store/emails.sql.ts';
import { showId } from '../store/ids.ts';

/** One email's content while its messages are being sent; the MIME message is built once for all of them. */
export interface Rendering {
  row: ContentRow;
  built: Promise<Buffer> | undefined;
}

/** A message id of the same length as every other, to be overwritten for each copy. */
const BLANK_ID = `msg_${'0'.repeat(26)}`;

/** The bytes of one recipient's copy: the email's message with the copy's own Message-ID, the same over all tries. */
export async function render(rendering: Rendering, content: Buffer, message_id: string): Promise<Buffer> {
  rendering.built ??= build(rendering.row, content);
  return withMessageId(await rendering.built, showId('msg', message_id));
}

function build(row: ContentRow, content: Buffer): Promise<Buffer> {
  const stamp = {
    message_id: `<${BLANK_ID}@${domainOf(row.from_address)}>`,
    date: row.created_at,
    feedback_id: `${row.source}:${showId('ten', row.tenant_id)}:koltrix`,
  };
  if (row.format === 'raw') return Promise.resolve(stampRaw(content, stamp, row.mail_from));
  return compose(JSON.parse(content.toString()) as Content, stamp);
}

/** Only where we wrote it: the caller's own Message-ID, and whatever a body quotes, stays. */
const OWN_MESSAGE_ID = new RegExp(`(?:^|\r\n)Message-ID:\\s*<(?=${BLANK_ID}@)`, 'i');

function withMessageId(built: Buffer, shown_id: string): Buffer {
  const header = OWN_MESSAGE_ID.exec(built.subarray(0, headerLength(built)).toString('latin1'));
  if (!header) return built;
  const copy = Buffer.from(built);
  copy.write(shown_id, header.index + header[0].length, 'latin1');
  return copy;
}

function headerLength(message: Buffer): number {
  const end = message.indexOf('\r\n\r\n');
  return end < 0 ? message.length : end;
}
