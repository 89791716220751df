import type { AddressObject, Attachment, StructuredHeader } from 'mailparser';
import type { TestHeader } from '../generated/types.gen.ts';
import { readMime } from '../mail/read-mime.ts';
import { linksOf } from './links.ts';

export interface Parsed {
  subject: string | null;
  from: string | null;
  to: string[];
  cc: string[];
  /** In the order of the wire, unfolded, nothing decoded but UTF-8. */
  headers: TestHeader[];
  body_text: string | null;
  body_html: string | null;
  links: string[];
  /** Inline parts too. */
  attachments: ParsedAttachment[];
}

export interface ParsedAttachment {
  filename: string | null;
  content_type: string;
  content_id: string | null;
  content: Buffer;
}

/**
 * What a mail program would show of a message. Never throws: of a message that cannot be parsed, or not in that time,
 * the headers are given and nothing else.
 */
export async function parseMail(source: Buffer, { timeout_ms }: { timeout_ms: number }): Promise<Parsed> {
  const headers = headersOf(source);
  const mail = await readMime(source, { timeout_ms });
  if (!mail) return { ...UNREADABLE, headers };
  const body_text = mail.text || null;
  const body_html = mail.html || null;
  return {
    subject: mail.subject ?? null,
    from: mailboxes(mail.from).join(', ') || null,
    to: mailboxes(mail.to),
    cc: mailboxes(mail.cc),
    headers,
    body_text,
    body_html,
    links: linksOf(body_text ?? '', body_html ?? ''),
    attachments: mail.attachments.map(toAttachment),
  };
}

const UNREADABLE: Omit<Parsed, 'headers'> = {
  subject: null,
  from: null,
  to: [],
  cc: [],
  body_text: null,
  body_html: null,
  links: [],
  attachments: [],
};

const MAX_HEADER_BYTES = 1024 * 1024;

function headersOf(source: Buffer): TestHeader[] {
  const start = source.subarray(0, MAX_HEADER_BYTES).toString('utf8');
  const head = /^\r?\n/.test(start) ? '' : (start.split(/\r?\n\r?\n/, 1)[0] ?? '');
  return head
    .replaceAll(/\r?\n(?=[ \t])/g, '')
    .split(/\r?\n/)
    .filter((line) => line.indexOf(':') > 0)
    .map((line) => {
      const colon = line.indexOf(':');
      return { name: line.slice(0, colon).trimEnd(), value: line.slice(colon + 1).trim() };
    });
}

/** One text for each mailbox; the members of a group without its name. */
function mailboxes(header: AddressObject | AddressObject[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap(({ value }) => value)
    .flatMap((entry) => entry.group ?? [entry])
    .map(({ name, address }) => (name && address ? `${quoted(name)} <${address}>` : address || name))
    .filter((text) => text !== '');
}

/** RFC 5322, 3.2.3: a display name with any of these stands in quotes. */
function quoted(name: string): string {
  return /["\\(),.:;<>@[\]]/.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : name;
}

function toAttachment({ filename, contentType, headers, cid, content }: Attachment): ParsedAttachment {
  // As declared: mailparser guesses from the file name where the type is application/octet-stream.
  const declared = headers.get('content-type') as StructuredHeader | undefined;
  return {
    filename: filename ?? null,
    content_type: declared?.value || contentType,
    content_id: cid ?? null,
    content,
  };
}
