import type { Schema } from '../spec/document.ts';
import { SIMULATOR } from '../world/guard.ts';
import type { Sampling } from './sampling.ts';

const ADDRESS = /[^\s<>"@,;:]+@[\w.-]+/g;
/** Domains that documents use as examples (RFC 2606). */
const DOMAIN = /^([\w-]+\.)+(example|test|invalid)$|^([\w-]+\.)*example\.(com|net|org)$/;
/** Properties that name a thing for people. */
const NAMES = /^(name|subject|title|description)$/;

/** A text with every address, URL, domain and time made harmless, and with the label where the thing has its name. */
export function safeText(
  s: Pick<Sampling, 'label' | 'sender' | 'now_ms'>,
  schema: Schema,
  text: string,
  name: string,
): string {
  if (/(^|_)from$/.test(name)) return text.replace(ADDRESS, s.sender);
  switch (schema.format) {
    case 'mailbox':
    case 'address':
      return text.replace(ADDRESS, recipient(s.label));
    case 'date-time':
      return new Date(s.now_ms + 3_600_000).toISOString();
    case 'uri':
      return `https://${SIMULATOR}/contract/${s.label}`;
    case 'hostname':
    case 'idn-hostname':
      return `${s.label}.${SIMULATOR}`;
    default:
      break;
  }
  if (DOMAIN.test(text)) return `${s.label}.${SIMULATOR}`;
  const harmless = text.replace(ADDRESS, recipient(s.label));
  const named = `${harmless} ${s.label}`;
  return NAMES.test(name) && !schema.pattern && named.length <= (schema.maxLength ?? named.length) ? named : harmless;
}

export const recipient = (label: string) => `delivered+${label}@${SIMULATOR}`;

/** A message of RFC 5322 that goes to nobody. */
export function safeMessage({ label, sender }: Pick<Sampling, 'label' | 'sender'>, text: string): string {
  return text
    .replace(ADDRESS, recipient(label))
    .replace(/^(From:.*?)[^\s<>]+@[\w.-]+/im, `$1${sender}`)
    .replace(/^(Subject:.*?)(\r?)$/im, `$1 ${label}$2`);
}
