import { isAddress, parseMailbox } from './address.ts';

/** The contract's formats: what is taken, and what is said of the rest. */
export const formats: Record<string, { takes(text: string): boolean; says?: string }> = {
  mailbox: {
    takes: (text) => parseMailbox(text) !== undefined,
    says: 'must be an email address such as ada@example.com or Ada <ada@example.com>',
  },
  address: { takes: isAddress, says: 'must be a bare email address such as ada@example.com' },
  'header-text': { takes: isHeaderText, says: 'must not hold line breaks or other control characters' },
  'base64-content': { takes: isBase64, says: 'must be standard base64 (A–Z a–z 0–9 + / with = padding)' },
  'content-type': {
    takes: (text) => /^[\w.+-]+\/[\w.+-]+(; ?[\w.+-]+=("[\x20\x21\x23-\x5b\x5d-\x7e]*"|[\w.+:/-]+))*$/.test(text),
    says: 'must be a media type such as application/pdf',
  },
  'content-id': { takes: (text) => /^[!-;=?-~]{1,255}$/.test(text), says: 'must be visible ASCII without < and >' },
  'date-time': { takes: isTime, says: 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z' },
  uri: { takes: (text) => /^[a-z][a-z0-9+.-]*:[^\s"<>\\^`{|}]+$/i.test(text) && URL.canParse(text) },
  binary: { takes: () => true },
  // What is wrong with a domain's name, the operation says.
  'idn-hostname': { takes: () => true },
};

function isHeaderText(text: string): boolean {
  return !/(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.isWellFormed();
}

/** Standard base64 with its padding; line breaks are tolerated. */
function isBase64(text: string): boolean {
  const packed = /[\r\n]/.test(text) ? text.replaceAll(/\r?\n/g, '') : text;
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}

/** RFC 3339 as far as a Date holds it. */
function isTime(text: string): boolean {
  const day = /^(\d{4}-\d\d-\d\d)T(?!24)\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.exec(text)?.[1];
  if (day === undefined || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
