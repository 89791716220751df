import { type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { type Field, fieldsOf, writeRelaxed } from './fields.ts';

export interface DkimSigner {
  /** The domain that answers for the message: in ASCII, as DNS has it. */
  domain: string;
  selector: string;
  private_key: KeyObject;
}

/**
 * Named once more than they occur, so that nobody can add another one (RFC 6376, 8.15): what a reader sees and acts on
 * first.
 */
const OVERSIGNED = ['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to'];

/** Signed as often as they occur. Not what a server on the way adds or changes. */
const SIGNED = [
  'sender',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-description',
  'resent-date',
  'resent-from',
  'resent-to',
  'resent-cc',
  'resent-sender',
  'resent-message-id',
  'list-id',
  'list-help',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-subscribe',
  'list-post',
  'list-owner',
  'list-archive',
  'feedback-id',
];

const LINE_LENGTH = 76;
const signOnPool = promisify(sign);

/**
 * The header `DKIM-Signature` (RFC 6376) for a message, with its final CRLF: rsa-sha256, relaxed/relaxed. `head` is the
 * header block without the blank line, `body_hash` what `bodyHash` says of the body. The signature is computed on the
 * thread pool.
 */
export async function dkimSignature(
  head: Buffer,
  body_hash: string,
  { domain, selector, private_key }: DkimSigner,
  at: Date,
): Promise<Buffer> {
  const { names, fields } = choose(fieldsOf(head));
  const unsigned = [
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain};`,
    ` s=${selector}; t=${Math.floor(at.getTime() / 1_000)};`,
    ...folded(names),
    ` bh=${body_hash};`,
    ' b=',
  ].join('\r\n');
  const signature = await signOnPool('sha256', signedBytes(head, fields, unsigned), private_key);
  const lines = signature.toString('base64').match(/.{1,72}/g) as string[];
  return Buffer.from(`${unsigned}${lines.join('\r\n ')}\r\n`, 'latin1');
}

/** Of several fields of one name the last comes first (RFC 6376, 5.4.2); a name without a field stands for its absence. */
function choose(all: readonly Field[]): { names: string[]; fields: Field[] } {
  const by_name = Map.groupBy(all, ({ name }) => name);
  const names: string[] = [];
  const fields: Field[] = [];
  for (const name of [...OVERSIGNED, ...SIGNED]) {
    for (const field of by_name.get(name)?.toReversed() ?? []) {
      names.push(name);
      fields.push(field);
    }
    if (OVERSIGNED.includes(name)) names.push(name);
  }
  return { names, fields };
}

/** The tag h=, in lines of a fair length. */
function folded(names: readonly string[]): string[] {
  const lines = [' h='];
  names.forEach((name, i) => {
    const text = i < names.length - 1 ? `${name}:` : `${name};`;
    const line = lines.at(-1) as string;
    if (line.length + text.length > LINE_LENGTH) lines.push(` ${text}`);
    else lines[lines.length - 1] = line + text;
  });
  return lines;
}

/** RFC 6376, 3.7: the chosen fields, then the signature's own without its value and without a line end. */
function signedBytes(head: Buffer, fields: readonly Field[], unsigned: string): Buffer {
  const own = Buffer.from(unsigned, 'latin1');
  const size = fields.reduce((sum, { start, end }) => sum + end - start + 2, own.length + 2);
  const out = Buffer.allocUnsafe(size);
  let length = 0;
  for (const field of fields) length = writeRelaxed(head, field, out, length);
  length = writeRelaxed(own, { name: 'dkim-signature', start: 0, end: own.length }, out, length);
  return out.subarray(0, length - 2);
}
