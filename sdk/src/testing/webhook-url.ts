/* Which URLs the server takes for webhooks while it keeps mail to itself: public ones, and this machine's own. */

/** Why this URL cannot be a webhook's target; undefined when it can. */
export function faultOfUrl(text: string): string | undefined {
  if (/[\p{Cc}\s\\]/u.test(text)) return 'must hold no spaces, control characters or backslashes';
  if (!/^[a-z]+:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) return 'must be an absolute URL';
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return 'must be an https URL';
  if (url.username || url.password) return 'must hold no user name or password';
  if (url.hash || url.href.endsWith('#')) return 'must have no fragment; it would never be sent';
  if (url.port === '0') return 'must name a port other than 0';
  return faultOfHost(url.hostname, hostAsWritten(text));
}

/** The parser normalises a host; what was written tells odd forms from plain ones. */
function hostAsWritten(text: string): string {
  const authority = text.slice(text.indexOf('//') + 2).split(/[/?#]/, 1)[0] as string;
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
}

const LOCAL_NAME = /(^|\.)(local|internal|home\.arpa)$/;

function faultOfHost(hostname: string, written: string): string | undefined {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const isV4 = /^\d+(\.\d+){3}$/.test(literal);
  if (isV4 && written !== literal) return 'must write an IPv4 address as four decimal numbers';
  if (isV4 || literal.includes(':')) {
    const isFine = isV4 ? isAllowedV4(literal) : isAllowedV6(literal);
    return isFine ? undefined : `must lead to a public address: ${literal} is not a public address`;
  }
  if (written.includes('%')) return 'must not percent-encode its host';
  if (hostname.endsWith('.')) return 'must not end its host with a dot';
  const isOwn = /(^|\.)localhost$/.test(hostname);
  if (!isOwn && (LOCAL_NAME.test(hostname) || !hostname.includes('.'))) {
    return `must lead to a public address: ${hostname} is a local name`;
  }
  return undefined;
}

/** IANA's special ranges (RFC 6890), but for loopback. */
const SPECIAL_V4 =
  /^(0|10|22[4-9]|23\d|24\d|25[0-5]|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168|192\.0\.[02]|192\.88\.99|192\.(31\.196|52\.193|175\.48)|198\.1[89]|198\.51\.100|203\.0\.113)\./;

function isAllowedV4(address: string): boolean {
  return !SPECIAL_V4.test(`${address}.`);
}

/** Loopback, and what is handed out as unicast (RFC 4291), without what carries IPv4 or is for documents. */
function isAllowedV6(address: string): boolean {
  if (address === '::1') return true;
  return /^[23][0-9a-f]{3}:/.test(address) && !/^(2002|2001:(0|db8|:|2[0-9a-f]?|1[0-9a-f])):/.test(address);
}
