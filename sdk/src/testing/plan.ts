import type { MailSource, RecipientKind, SendEmail } from '../generated/types.gen.ts';
import { canonicalAddress, parseMailbox } from './address.ts';
import { foldingFault, headerFault } from './headers.ts';
import { addressesOf, splitAddressList } from './mime/address-list.ts';
import { headerValue, messageFault, withCrlf } from './mime/headers.ts';
import { invalid, Refusal } from './problem.ts';
import { optionsOf } from './tracking-options.ts';
import type { EmailRecord } from './world.ts';

export const MAX_RECIPIENTS = 50;
const MAX_METADATA_BYTES = 16 * 1024;
const MAX_METADATA_DEPTH = 32;
const MAX_SCHEDULE_DAYS = 30;
const DAY_ms = 24 * 3_600_000;

/** An email that can be accepted: all but its ids, its time and who is suppressed. */
export interface Plan extends Pick<EmailRecord, 'mail_from' | 'from_address' | 'content'> {
  email: Omit<EmailRecord['email'], 'id' | 'created_at' | 'source'>;
  scheduled_at: Date | undefined;
  recipients: Recipient[];
}

export interface Recipient {
  address: string;
  canonical: string;
  kind: RecipientKind;
}

/** An email by its fields; `pointer` is its place in the request. Refuses what the contract's schema cannot say. */
export function planComposed(fields: SendEmail, now: Date, pointer = ''): Plan {
  const { from, subject, tags = {}, metadata = {}, scheduled_at: _, bulk = false, ...content } = fields;
  const mail_from = parseMailbox(from)?.address as string;
  const subject_fault = foldingFault(subject);
  if (subject_fault) throw invalid({ pointer: `${pointer}/subject`, detail: subject_fault });
  checkHeaders(fields, mail_from, pointer);
  const metadata_fault = faultOfMetadata(metadata);
  if (metadata_fault) throw invalid({ pointer: `${pointer}/metadata`, detail: metadata_fault });
  const scheduled_at = futureTime(fields, now, pointer);
  const recipients = (['to', 'cc', 'bcc'] as const).flatMap((kind) =>
    (fields[kind] ?? []).map((text) => ({ address: parseMailbox(text)?.address as string, kind })),
  );
  return {
    mail_from,
    from_address: canonicalAddress(mail_from),
    content: { format: 'composed', fields },
    scheduled_at,
    recipients: limited(recipients, `${pointer}/to`),
    email: {
      from,
      subject,
      bulk: bulk || isBulk(precedenceOf(fields)),
      tags,
      metadata,
      scheduled_at: scheduled_at?.toISOString() ?? null,
      to: fields.to,
      cc: fields.cc ?? [],
      bcc: fields.bcc ?? [],
      reply_to: fields.reply_to ?? [],
      body_html: fields.body_html ?? null,
      body_text: fields.body_text ?? null,
      headers: fields.headers ?? {},
      attachments: (fields.attachments ?? []).map((a) => ({
        filename: a.filename,
        content_type: a.content_type ?? null,
        content_id: a.content_id ?? null,
        size_bytes: base64Bytes(a.content),
      })),
      track_opens: fields.track_opens ?? null,
      track_clicks: fields.track_clicks ?? null,
      unsubscribe: fields.unsubscribe ?? false,
      size_bytes: octets(JSON.stringify({ from, subject, ...content })),
    },
  };
}

export interface Envelope {
  mail_from: string;
  rcpt_to: string[];
}

/** A raw message: the envelope alone says who gets it; the headers only say how each was addressed. */
export function planRaw(given: Uint8Array, { mail_from, rcpt_to }: Envelope): Plan {
  if (!given.length) throw invalid({ pointer: '', detail: 'the message is empty' });
  const bytes = withCrlf(given);
  if (!bytes) {
    throw invalid({ pointer: '', detail: 'the message mixes CRLF with bare CR or LF; end every line with CRLF' });
  }
  const fault = messageFault(bytes);
  if (fault) throw invalid({ pointer: '', detail: `the message ${fault}` });
  const from = headerValue(bytes, 'from') || mail_from;
  const list = (name: string) => splitAddressList(headerValue(bytes, name) ?? '');
  const [to, cc] = ['to', 'cc'].map((name) => addressesOf(headerValue(bytes, name) ?? '').map(canonicalAddress));
  const kindOf = (canonical: string) => (to?.includes(canonical) ? 'to' : cc?.includes(canonical) ? 'cc' : 'bcc');
  return {
    mail_from,
    from_address: canonicalAddress(parseMailbox(from)?.address ?? mail_from),
    content: { format: 'raw', bytes },
    scheduled_at: undefined,
    recipients: limited(
      rcpt_to.map((address) => ({ address, kind: kindOf(canonicalAddress(address)) })),
      '?rcpt_to',
    ),
    email: {
      from: from.slice(0, 998),
      subject: (headerValue(bytes, 'subject') ?? '').slice(0, 998),
      bulk: isBulk(headerValue(bytes, 'precedence')),
      tags: {},
      metadata: {},
      scheduled_at: null,
      to: list('to'),
      cc: list('cc'),
      bcc: [],
      reply_to: list('reply-to'),
      body_html: null,
      body_text: null,
      headers: {},
      attachments: [],
      ...optionsOf(bytes),
      size_bytes: bytes.length,
    },
  };
}

export const sourceOf = (query: { source?: MailSource | undefined }): MailSource => query.source ?? 'rest';

/** What senders have long marked newsletters with. */
function isBulk(precedence: string | undefined): boolean {
  return precedence !== undefined && /^(bulk|list|junk)$/i.test(precedence);
}

function precedenceOf({ headers = {} }: SendEmail): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'precedence')?.[1];
}

/** At most 50; somebody named twice gets one copy, by the first mention. */
function limited(recipients: Omit<Recipient, 'canonical'>[], pointer: string): Recipient[] {
  if (recipients.length > MAX_RECIPIENTS) {
    const detail = `${recipients.length} recipients in all; an email may have ${MAX_RECIPIENTS}. Split it into several.`;
    throw new Refusal('too-many-recipients', detail, { faults: [{ pointer, detail }] });
  }
  const distinct = new Map<string, Recipient>();
  for (const { address, kind } of recipients) {
    const canonical = canonicalAddress(address);
    if (!distinct.has(canonical)) distinct.set(canonical, { address, canonical, kind });
  }
  return [...distinct.values()];
}

function checkHeaders({ headers = {} }: SendEmail, from: string, pointer: string): void {
  for (const [name, value] of Object.entries(headers)) {
    const detail = headerFault(name, value, from);
    const place = name.replaceAll('~', '~0').replaceAll('/', '~1');
    if (detail) throw invalid({ pointer: `${pointer}/headers/${place}`, detail });
  }
}

function faultOfMetadata(metadata: object): string | undefined {
  if (isDeeperThan(metadata, MAX_METADATA_DEPTH)) return `is nested more than ${MAX_METADATA_DEPTH} levels deep`;
  if (holdsInfinity(metadata)) return 'holds a number that is too large for a double';
  return octets(JSON.stringify(metadata)) > MAX_METADATA_BYTES ? 'is over 16 KB as JSON' : undefined;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1));
}

/** JSON's 1e999 is read as infinity, which would be written as null. */
function holdsInfinity(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === Infinity || value === -Infinity;
  return Object.values(value).some(holdsInfinity);
}

function futureTime({ scheduled_at }: SendEmail, now: Date, pointer: string): Date | undefined {
  if (scheduled_at === undefined) return undefined;
  const at = new Date(scheduled_at);
  if (at <= now) return undefined;
  if (at.getTime() - now.getTime() > MAX_SCHEDULE_DAYS * DAY_ms) {
    throw invalid({
      pointer: `${pointer}/scheduled_at`,
      detail: `is more than ${MAX_SCHEDULE_DAYS} days ahead`,
    });
  }
  return at;
}

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}

function base64Bytes(text: string): number {
  const packed = text.replaceAll(/[^A-Za-z0-9+/]/g, '');
  return Math.floor((packed.length * 3) / 4);
}
