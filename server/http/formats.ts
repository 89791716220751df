import { isAddress, parseMailbox } from '../mail/address.ts';
import { isHeaderText } from '../mail/headers.ts';

/** RFC 2045: type/subtype and parameters, on one line. */
const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(; ?[\w.+-]+=("[\x20\x21\x23-\x5b\x5d-\x7e]*"|[\w.+:/-]+))*$/;
const CONTENT_ID = /^[!-;=?-~]{1,255}$/;

/** Standard base64 with its padding; line breaks are tolerated as mail programs and shells put them in. */
function isBase64(text: string): boolean {
  const packed = /[\r\n]/.test(text) ? text.replaceAll(/\r?\n/g, '') : text;
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}

/** RFC 3339 as far as a Date holds it: a leap second has no place in one. */
const TIME = /^(\d{4}-\d\d-\d\d)T(?!24)\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

function isTime(text: string): boolean {
  const day = TIME.exec(text)?.[1];
  if (day === undefined || Number.isNaN(Date.parse(text))) return false;
  // To Date, 30 February is 2 March.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** What the contract's `format`s ask of a text, beyond those that JSON Schema knows. */
export const formats = {
  mailbox: (text: string) => parseMailbox(text) !== undefined,
  address: isAddress,
  'header-text': isHeaderText,
  'base64-content': isBase64,
  'content-type': (text: string) => CONTENT_TYPE.test(text),
  'content-id': (text: string) => CONTENT_ID.test(text),
  'date-time': isTime,
  // The handler says what is wrong with it.
  'idn-hostname': true,
  binary: true,
} as const;
