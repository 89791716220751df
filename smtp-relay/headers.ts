import { replies, type SmtpReply } from './reply.ts';

/** RFC 5322 section 2.2: a field with its folded lines, whatever the case of its name. */
const keyField = /^x-koltrix-idempotency-key[ \t]*:(.*(?:\r\n[ \t].*)*)/gim;
const printable = /^[\x20-\x7e]+$/;

/**
 * The length of the header block at the start of `message`, without the empty line that ends it (RFC 5322 section 2.1).
 * -1 when the block does not end in these bytes: the whole message is headers, or more has to be read.
 */
export function headerBlockLength(message: Buffer): number {
  if (message[0] === 0x0d && message[1] === 0x0a) return 0;
  const end = message.indexOf('\r\n\r\n', 0, 'latin1');
  return end === -1 ? -1 : end + 2;
}

/**
 * The idempotency key that a header block carries in `X-Koltrix-Idempotency-Key`, unfolded and trimmed; `undefined`
 * without that header. Refused here is only what cannot travel on as one HTTP header: an empty or repeated key, or
 * characters outside printable ASCII. The rest of the key's syntax is the API's to judge.
 */
export function idempotencyKeyOf(headerBlock: Buffer): { key: string | undefined } | { refused: SmtpReply } {
  const found = [...headerBlock.toString('latin1').matchAll(keyField)];
  if (found.length === 0) return { key: undefined };
  if (found.length > 1) return { refused: replies.repeatedKey };
  const key = (found[0]?.[1] ?? '').replaceAll('\r\n', '').trim();
  return printable.test(key) ? { key } : { refused: replies.invalidKey };
}
