import { domainOf } from '../mail/address.ts';
import { type Content, compose, stampRaw } from '../mail/compose.ts';
import { bodyHash } from '../mail/dkim/body-hash.ts';
import { type DkimSigner, dkimSignature } from '../mail/dkim/signature.ts';
import { type CopyMarks, markContent, markRaw } from '../mail/tracking/copy.ts';
import type { ContentRow } from '../store/emails.sql.ts';
import { showId } from '../store/ids.ts';
import type { Marks } from './marks.ts';

/** One email's content while its messages are being sent; the MIME message is built once for all of them. */
export interface Rendering {
  row: ContentRow;
  /** There are several copies to make; of a single one nothing is kept. */
  is_shared: boolean;
  built: Built | undefined;
  /** What the copies have of their own; found out at the first of them. */
  marks: Promise<Marks | undefined> | undefined;
}

/** An email's message, in the parts that its copies share and the one that they do not. */
interface Built {
  /** The header, final CRLF included, with a blank Message-ID. */
  head: Buffer;
  /** Where the Message-ID of the copy is written; undefined when the caller gave his own. */
  id_at: number | undefined;
  /** From the blank line on. */
  body: Buffer;
  body_hash: Promise<string> | undefined;
}

/** What is put on a copy: the marks of its own, if there are any, and a signature, if somebody signs. */
export interface Finish {
  marks: Marks | undefined;
  signer: DkimSigner | undefined;
  /** The time that the signature names: the same over all tries. */
  at: Date;
}

/** A message id of the same length as every other, to be overwritten for each copy. */
const BLANK_ID = `msg_${'0'.repeat(26)}`;

/** The bytes of one recipient's copy: the email's message with the copy's own Message-ID, the same over all tries. */
export async function render(
  rendering: Rendering,
  content: string | Buffer,
  message_id: string,
  { marks, signer, at }: Finish,
): Promise<Buffer> {
  const built = builtFor(rendering, content, marks?.(message_id));
  const head = headOf(built, showId('msg', message_id));
  if (!signer) return Buffer.concat([head, built.body]);
  built.body_hash ??= bodyHash(built.body.subarray(2));
  const signature = await dkimSignature(head, await built.body_hash, signer, at);
  return Buffer.concat([signature, head, built.body]);
}

/** Copies that are alike share one message; a copy with marks is built for itself. */
function builtFor(rendering: Rendering, content: string | Buffer, marks: CopyMarks | undefined): Built {
  if (marks || !rendering.is_shared) return divide(build(rendering.row, content, marks ?? {}));
  rendering.built ??= divide(build(rendering.row, content, {}));
  return rendering.built;
}

function build(row: ContentRow, content: string | Buffer, marks: CopyMarks): Buffer {
  const stamp = {
    message_id: `<${BLANK_ID}@${domainOf(row.from_address)}>`,
    date: row.created_at,
    feedback_id: `${row.source}:${showId('ten', row.tenant_id)}:koltrix`,
  };
  if (typeof content !== 'string') return markRaw(stampRaw(content, stamp, row.mail_from), marks);
  return compose(markContent(JSON.parse(content) as Content, marks), stamp);
}

/** Only where we wrote it: the caller's own Message-ID, and whatever a body quotes, stays. */
const OWN_MESSAGE_ID = new RegExp(`(?:^|\r\n)Message-ID:\\s*<(?=${BLANK_ID}@)`, 'i');

function divide(message: Buffer): Built {
  const end = message.indexOf('\r\n\r\n');
  const at = end < 0 ? message.length : end + 2;
  const head = message.subarray(0, at);
  const own = OWN_MESSAGE_ID.exec(head.toString('latin1'));
  return { head, id_at: own ? own.index + own[0].length : undefined, body: message.subarray(at), body_hash: undefined };
}

function headOf({ head, id_at }: Built, shown_id: string): Buffer {
  if (id_at === undefined) return head;
  const copy = Buffer.from(head);
  copy.write(shown_id, id_at, 'latin1');
  return copy;
}
