/** A parsed mailbox: `Ada <ada@example.com>`. */
interface Mailbox {
  /** Empty when there is none. */
  name: string;
  address: string;
}

/*
 * What the server takes for an address, by its own rules (server/mail/address.ts), on Web APIs alone. A test holds both
 * against each other.
 */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const DOT_ATOM =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+)*$/u;
const QUOTED_LOCAL = /^"([^"\\]|\\.)*"$/;
const BREAKS_ENVELOPE = /[\s<>\u200b\u2060\ufeff]|@.*@/u;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const SIMPLE = /^[a-z0-9._+-]+@[a-z0-9.-]+$/;

/** `ada@example.com` or `Ada Lovelace <ada@example.com>`; undefined when it is neither. */
export function parseMailbox(text: string): Mailbox | undefined {
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

/** A bare address by RFC 5321 and 6531. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > 320 || CONTROL.test(text) || !text.isWellFormed()) return false;
  if (BREAKS_ENVELOPE.test(text)) return false;
  const local = text.slice(0, at);
  if (octets(local) > 64 || octets(local.toLowerCase()) > 64) return false;
  return (DOT_ATOM.test(local) || QUOTED_LOCAL.test(local)) && isDomain(text.slice(at + 1));
}

function isDomain(text: string): boolean {
  if (/[\s%/:@?#[\]\\]/.test(text)) return false;
  const ascii = toASCII(text);
  return (
    ascii.length > 0 && ascii.length <= 253 && !/^[\d.]+$/.test(ascii) && ascii.split('.').every((l) => LABEL.test(l))
  );
}

/** The form in which addresses are compared: lower case, domain in ASCII. */
export function canonicalAddress(address: string): string {
  const lower = address.toLowerCase();
  return SIMPLE.test(lower) ? lower : envelopeAddress(lower);
}

/** The form for an SMTP envelope: the local part as written, the domain in ASCII. */
export function envelopeAddress(address: string): string {
  return `${address.slice(0, address.lastIndexOf('@'))}@${domainOf(address)}`;
}

/** The domain, lower case and in ASCII. */
export function domainOf(address: string): string {
  return toASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase();
}

/** Empty when it is no domain: URLs hold their hosts to the same rules. */
function toASCII(domain: string): string {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return '';
  }
}

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}
