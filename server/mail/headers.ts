import { domainOf, parseMailbox } from './address.ts';

/** RFC 5322 ftext: printable ASCII without the colon. */
const NAME = /^[!-9;-~]{1,76}$/;

/** Names that Koltrix writes itself, or that a sender must not set. */
const RESERVED = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'return-path',
  'received',
  'delivered-to',
  'dkim-signature',
  'authentication-results',
  'feedback-id',
  'resent-from',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'resent-sender',
  'resent-date',
  'resent-message-id',
  'arc-seal',
  'arc-message-signature',
  'arc-authentication-results',
]);
const RESERVED_PREFIXES = ['content-', 'x-koltrix-'];

/** The fields of a submission that say the same as a reserved header. */
const INSTEAD: Record<string, string> = {
  from: '`from`',
  to: '`to`',
  cc: '`cc`',
  bcc: '`bcc`',
  'reply-to': '`reply_to`',
  subject: '`subject`',
};

/** Why a custom header cannot be taken; undefined when it can. Line breaks in values are the contract's `header-text`. */
export function headerFault(name: string, value: string, from: string): string | undefined {
  const lower = name.toLowerCase();
  if (!NAME.test(name)) return 'is not a header name: use 1 to 76 printable ASCII characters without a colon';
  if (RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    const field = INSTEAD[lower];
    return field
      ? `is set by the field ${field}; use that`
      : 'is reserved: Koltrix writes this header itself; leave it out';
  }
  if (lower === 'sender') {
    const sender = parseMailbox(value);
    if (!sender || domainOf(sender.address) !== domainOf(from)) return 'must be an address at the domain of `from`';
  }
  return foldingFault(value);
}

/**
 * Why a header's text cannot be folded to lines of 998 octets (RFC 5322, 2.1.1); undefined when it can. Folding needs
 * white space; words beyond ASCII are encoded in pieces.
 */
export function foldingFault(text: string): string | undefined {
  return /[!-~]{901}/.test(text)
    ? 'has a word of more than 900 characters, which no line of a mail can hold'
    : undefined;
}

/**
 * Text that may stand in one header: no CR, LF, NUL or other control character but the tab, and nothing else that Unicode
 * takes for a line end, where composers and mail programs break lines.
 */
export function isHeaderText(text: string): boolean {
  return !/(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.isWellFormed();
}
