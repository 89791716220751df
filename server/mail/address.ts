import { domainToASCII } from 'node:url';

/** A parsed mailbox: `Ada <ada@example.com>`. */
export interface Mailbox {
  /** Empty when there is none. */
  readonly name: string;
  readonly address: string;
}
/** Also those beyond ASCII, and what Unicode takes for line ends: composers and mail programs break lines there. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** RFC 5322 dot-atom, with the Unicode of RFC 6531. */
const DOT_ATOM =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+)*$/u;
const QUOTED_LOCAL = /^"([^"\\]|\\.)*"$/;
/** Legal within quotes or invisible, but a MAIL or RCPT command with them is misread or refused by most servers. */
const BREAKS_ENVELOPE = /[\s<>\u200b\u2060\ufeff]|@.*@/u;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const SIMPLE = /^[a-z0-9._+-]+@[a-z0-9.-]+$/;
/** Lower-case ASCII, no punycode, and no number at the end that would make it an IPv4 address: it is its own ASCII form. */
const PLAIN_DOMAIN = /^(?!.*xn--)([a-z0-9-]+\.)*[a-z][a-z0-9-]*$/;

/**
 * What nearly all addresses are: all that this matches is an address, and a look at it costs a tenth. Its parts are short
 * enough for every limit, and its domain is in lower case and holds no punycode.
 */
const PLAIN_ADDRESS = /^[\w+-]+(?:\.[\w+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)*[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MAX_PLAIN_PART = 63;

function isPlainAddress(text: string): boolean {
  const at = text.indexOf('@');
  return at <= MAX_PLAIN_PART && text.length - at <= MAX_PLAIN_PART && PLAIN_ADDRESS.test(text);
}

/** Results by text. A request's addresses are parsed by its validation and again by its plan, and senders repeat. */
const parsed = new Map<string, Mailbox>();
const MAX_PARSED = 1_000;

/** `ada@example.com` or `Ada Lovelace <ada@example.com>`; undefined when it is neither. */
export function parseMailbox(text: string): Mailbox | undefined {
  if (isPlainAddress(text)) return { name: '', address: text };
  const known = parsed.get(text);
  if (known) return known;
  const mailbox = parse(text);
  if (mailbox) {
    if (parsed.size === MAX_PARSED) parsed.clear();
    parsed.set(text, mailbox);
  }
  return mailbox;
}

function parse(text: string): Mailbox | undefined {
  // RFC 5322: a line has at most 998 octets. Megabytes would overflow the matcher's stack.
  if (text.length > 998 || CONTROL.test(text) || !text.isWellFormed()) return undefined;
  const trimmed = text.trim();
  if (!trimmed.endsWith('>')) return isAddress(trimmed) ? { name: '', address: trimmed } : undefined;
  const open = trimmed.lastIndexOf('<');
  if (open < 0) return undefined;
  const name = parseName(trimmed.slice(0, open).trim());
  const address = trimmed.slice(open + 1, -1);
  return name !== undefined && isAddress(address) ? { name, address } : undefined;
}

function parseName(text: string): string | undefined {
  if (!text.startsWith('"')) return /[<>"]/.test(text) ? undefined : text;
  if (!/^"([^"\\]|\\.)*"$/.test(text)) return undefined;
  return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

/** A bare address by RFC 5321 and 6531: local part up to 64 octets, a domain name (no address literal). */
export function isAddress(text: string): boolean {
  return isPlainAddress(text) || isAddressByRule(text);
}

function isAddressByRule(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > 320 || CONTROL.test(text) || !text.isWellFormed()) return false;
  if (BREAKS_ENVELOPE.test(text)) return false;
  const local = text.slice(0, at);
  // Lower case may be longer: the canonical form must be an address too.
  if (Buffer.byteLength(local) > 64 || Buffer.byteLength(local.toLowerCase()) > 64) return false;
  return (DOT_ATOM.test(local) || QUOTED_LOCAL.test(local)) && isDomain(text.slice(at + 1));
}

function isDomain(text: string): boolean {
  if (/[\s%/:@?#[\]\\]/.test(text)) return false;
  const ascii = asciiOf(text);
  return (
    ascii.length > 0 && ascii.length <= 253 && !/^[\d.]+$/.test(ascii) && ascii.split('.').every((l) => LABEL.test(l))
  );
}

/**
 * The form in which addresses are compared: lower case, domain in ASCII. Local parts are case-sensitive by the letter of
 * RFC 5321, but no receiver of note tells `Ada@` from `ada@`, and mailing a suppressed one again would cost the sender.
 */
export function canonicalAddress(address: string): string {
  const lower = address.toLowerCase();
  return SIMPLE.test(lower) ? lower : `${localPart(lower)}@${domainOf(lower)}`;
}

/** The form for an SMTP envelope: the local part as written, the domain in ASCII. */
export function envelopeAddress(address: string): string {
  return SIMPLE.test(address) ? address : `${localPart(address)}@${domainOf(address)}`;
}

/** The domain, lower case and in ASCII. */
export function domainOf(address: string): string {
  return asciiOf(address.slice(address.lastIndexOf('@') + 1)).toLowerCase();
}

/** Empty when there is no ASCII form. */
function asciiOf(domain: string): string {
  return PLAIN_DOMAIN.test(domain) ? domain : domainToASCII(domain);
}

function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}
