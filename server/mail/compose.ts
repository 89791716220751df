import MailComposer from 'nodemailer/lib/mail-composer';
import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import type MimeNode from 'nodemailer/lib/mime-node';
import { parseMailbox } from './address.ts';
import { mimeBytes } from './mime-bytes.ts';
import { headerValue, joinRaw, rawHeader, splitRaw, withCrlf } from './raw.ts';

/** What a submission by fields says, as it is stored. */
export interface Content {
  from: string;
  to: string[];
  cc?: string[];
  bcc?: string[];
  reply_to?: string[];
  subject: string;
  body_html?: string;
  body_text?: string;
  headers?: Record<string, string>;
  attachments?: { filename: string; content: string; content_type?: string; content_id?: string }[];
  track_opens?: boolean;
  track_clicks?: boolean;
  unsubscribe?: boolean | string;
}

/** What Koltrix itself writes into a copy. */
export interface Stamp {
  /** `<msg_…@sending domain>`; the same over all tries. */
  message_id: string;
  date: Date;
  feedback_id: string;
}

/** The MIME message: text and HTML as alternatives, inline images related to the HTML, attachments. Bcc is left out. */
export function compose(content: Content, stamp: Stamp): Buffer {
  return mimeBytes(treeOf(content, stamp));
}

/** The message's parts, as the composer arranges them. */
export function treeOf(content: Content, stamp: Stamp): MimeNode {
  const attachments = (content.attachments ?? []).map((a) => {
    const bytes = Buffer.from(a.content, 'base64');
    return {
      filename: a.filename,
      content: bytes,
      contentType: attachedType(a.content_type ?? detectMimeType(a.filename), bytes),
      ...(a.content_id && { cid: a.content_id, contentDisposition: 'inline' as const }),
    };
  });
  return new MailComposer({
    from: mailbox(content.from),
    to: content.to.map(mailbox),
    ...(content.cc?.length && { cc: content.cc.map(mailbox) }),
    ...(content.reply_to?.length && { replyTo: content.reply_to.map(mailbox) }),
    subject: content.subject,
    ...(content.body_text !== undefined && { text: withLf(content.body_text) }),
    ...(content.body_html !== undefined && { html: withLf(content.body_html) }),
    attachments,
    // `prepared` off: values are encoded and folded by the composer, never taken as header lines.
    headers: Object.entries({ ...content.headers, 'Feedback-ID': stamp.feedback_id })
      .filter(([, value]) => value.trim() !== '')
      .map(([key, value]) => ({ key, value })),
    messageId: stamp.message_id,
    date: stamp.date,
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
}

/** Messages and multiparts must not be encoded (RFC 2046, 5), so those that are not fit to stand as they are go as mere bytes. */
function attachedType(content_type: string, bytes: Buffer): string {
  const stands = /^message\//i.test(content_type)
    ? !bytes.includes(0) && withCrlf(bytes) !== undefined && !/[^\r\n]{999}/.test(bytes.toString('latin1'))
    : !/^multipart\//i.test(content_type);
  return stands ? content_type : 'application/octet-stream';
}

/** One kind of line end, which the composer turns into CRLF: a CR alone must not reach the wire. */
function withLf(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

/** Headers of a raw message that are the sender's business with Koltrix, or that must not leave. */
const REMOVED = /^((resent-)?bcc|return-path|x-koltrix-.*|feedback-id)$/;

/** A raw message as it leaves: byte for byte, but for the headers that Koltrix removes or adds where they are missing. */
export function stampRaw(bytes: Buffer, stamp: Stamp, mail_from: string): Buffer {
  const raw = splitRaw(bytes);
  const missing = [
    ['Message-ID', stamp.message_id],
    ['Date', stamp.date.toUTCString().replace('GMT', '+0000')],
    ['From', mail_from],
  ].filter(([name]) => headerValue(raw, (name as string).toLowerCase()) === undefined);
  const added = [...missing, ['Feedback-ID', stamp.feedback_id]].map(([name, value]) =>
    rawHeader(name as string, value as string),
  );
  return joinRaw({ headers: [...added, ...raw.headers.filter((h) => !REMOVED.test(h.name))], body: raw.body });
}

function mailbox(text: string): { name: string; address: string } {
  const parsed = parseMailbox(text);
  if (!parsed) throw new Error('a stored mailbox does not parse');
  return parsed;
}
