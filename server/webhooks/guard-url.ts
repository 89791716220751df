import ipaddr from 'ipaddr.js';
import { faultOfAddress } from '../network/guard-address.ts';
import { addressPolicy, type WebhookPolicy } from './policy.ts';

type UrlPolicy = Pick<WebhookPolicy, 'allow_insecure' | 'allowed_networks'>;

/**
 * Why this URL cannot be a webhook's target, in words; undefined when it can. Looks at the text alone: where a name
 * leads is checked at each try, by `faultOfAddress`.
 */
export function faultOfUrl(text: string, policy: UrlPolicy): string | undefined {
  // URL parsers disagree on such text, and some drop parts of it in silence.
  if (/[\p{Cc}\s\\]/u.test(text)) return 'must hold no spaces, control characters or backslashes';
  if (!/^[a-z]+:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) return 'must be an absolute URL';
  const url = new URL(text);
  return faultOfForm(url, policy) ?? faultOfHost(url.hostname, hostAsWritten(text), policy);
}

function faultOfForm(url: URL, policy: UrlPolicy): string | undefined {
  if (url.protocol !== 'https:' && !(policy.allow_insecure && url.protocol === 'http:')) return 'must be an https URL';
  if (url.username || url.password) return 'must hold no user name or password';
  if (url.hash || url.href.endsWith('#')) return 'must have no fragment; it would never be sent';
  if (url.port === '0') return 'must name a port other than 0';
  return undefined;
}

/** The parser normalises a host; what was written tells odd forms from plain ones. */
function hostAsWritten(text: string): string {
  const authority = text.slice(text.indexOf('//') + 2).split(/[/?#]/, 1)[0] as string;
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
}

function faultOfHost(hostname: string, written: string, policy: UrlPolicy): string | undefined {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.IPv4.isValid(literal) && written !== literal) return 'must write an IPv4 address as four decimal numbers';
  if (ipaddr.isValid(literal)) {
    const fault = faultOfAddress(literal, addressPolicy(policy));
    return fault && `must lead to a public address: ${fault}`;
  }
  if (written.includes('%')) return 'must not percent-encode its host';
  if (hostname.endsWith('.')) return 'must not end its host with a dot';
  if (isLocalName(hostname) && !mayBeLocal(hostname, policy))
    return `must lead to a public address: ${hostname} is a local name`;
  return undefined;
}

/** Names that no public DNS answers for: RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`, and single labels. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|home\.arpa)$/;

function isLocalName(hostname: string): boolean {
  return LOCAL_NAME.test(hostname) || !hostname.includes('.');
}

/** Whether a local name can lead to an allowed address; it is resolved and checked at each try all the same. */
function mayBeLocal(hostname: string, policy: UrlPolicy): boolean {
  return policy.allowed_networks.length > 0 || (policy.allow_insecure && /(^|\.)localhost$/.test(hostname));
}
