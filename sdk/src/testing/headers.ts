import { domainOf, parseMailbox } from './address.ts';

/* Which custom headers the server takes, by its own rules (server/mail/headers.ts). */

const NAME = /^[!-9;-~]{1,76}$/;
const RESERVED =
  /^(from|to|cc|bcc|reply-to|subject|date|message-id|mime-version|return-path|received|delivered-to|dkim-signature|authentication-results|feedback-id|resent-(from|to|cc|bcc|sender|date|message-id)|arc-(seal|message-signature|authentication-results)|content-.*|x-koltrix-.*)$/;
const FIELDS = new Map(
  ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject'].map((name) => [name, name.replace('-', '_')]),
);

/** Why a custom header cannot be taken; undefined when it can. */
export function headerFault(name: string, value: string, from: string): string | undefined {
  const lower = name.toLowerCase();
  if (!NAME.test(name)) return 'is not a header name: use 1 to 76 printable ASCII characters without a colon';
  if (RESERVED.test(lower)) {
    const field = FIELDS.get(lower);
    return field
      ? `is set by the field \`${field}\`; use that`
      : 'is reserved: Koltrix writes this header itself; leave it out';
  }
  if (lower === 'sender') {
    const sender = parseMailbox(value);
    if (!sender || domainOf(sender.address) !== domainOf(from)) return 'must be an address at the domain of `from`';
  }
  return foldingFault(value);
}

/** Why a header's text cannot be folded to lines of 998 octets; undefined when it can. */
export function foldingFault(text: string): string | undefined {
  return /[!-~]{901}/.test(text)
    ? 'has a word of more than 900 characters, which no line of a mail can hold'
    : undefined;
}
