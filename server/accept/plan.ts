import { invalid, Refusal } from '../errors/refusal.ts';
import type { NewEvent } from '../events/catalogue.ts';
import { canonicalAddress, parseMailbox } from '../mail/address.ts';
import { addressesOf } from '../mail/address-list.ts';
import type { Content } from '../mail/compose.ts';
import { foldingFault, headerFault } from '../mail/headers.ts';
import { headerValue, type RawMessage, readRaw, withCrlf } from '../mail/raw.ts';
import { optionFault, rawOptions } from '../mail/tracking/options.ts';
import type { PlannedEmail, PlannedMessage } from '../store/accept-unit.ts';
import type { ComposedSubmission, EmailSubmission, RawSubmission, Submission } from './submission.ts';

export const MAX_RECIPIENTS = 50;
export const MAX_SCHEDULE_DAYS = 30;
const MAX_METADATA_BYTES = 16 * 1024;
const MAX_METADATA_DEPTH = 32;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Time and ids come from outside, so the same submission gives the same plan. */
export interface PlanContext {
  now: Date;
  newId(): string;
}

/** From a submission to rows. Pure; throws a Refusal for what the contract's schema cannot say. */
export function plan(submission: Submission, context: PlanContext): PlannedEmail[] {
  return submission.emails.map((email) => planEmail(submission, email, context));
}

function planEmail(submission: Submission, email: EmailSubmission, context: PlanContext): PlannedEmail {
  const parts = email.format === 'raw' ? planRaw(email) : planComposed(email, context.now);
  const { scheduled_at, recipients, bulk: marked, unsubscribe, ...rest } = parts;
  const bulk = marked || submission.source === 'campaign';
  const topic = typeof unsubscribe === 'string' ? unsubscribe : null;
  if (recipients.length > MAX_RECIPIENTS) throw tooMany(recipients.length, email);
  const id = context.newId();
  const due_at = scheduled_at ?? context.now;
  return {
    ...rest,
    id,
    source: submission.source,
    format: email.format,
    scheduled_at: scheduled_at ?? null,
    created_at: context.now,
    messages: distinct(recipients).map((r) => planMessage({ ...r, bulk, topic }, due_at, scheduled_at, context)),
  };
}

type Parts = Pick<
  PlannedEmail,
  'mail_from' | 'from_header' | 'from_address' | 'subject' | 'tags' | 'metadata' | 'content'
> & {
  scheduled_at: Date | undefined;
  recipients: Recipient[];
  bulk: boolean;
  unsubscribe: boolean | string | undefined;
};

interface Recipient {
  address: string;
  kind: PlannedMessage['kind'];
}

function planComposed({ content, tags, metadata, scheduled_at, bulk, pointer }: ComposedSubmission, now: Date): Parts {
  const from = addressOf(content.from, `${pointer}/from`);
  if (content.body_text === undefined && content.body_html === undefined) {
    throw invalid({ pointer: `${pointer}/body_text`, detail: 'give `body_text` or `body_html`, or both' });
  }
  const subject_fault = foldingFault(content.subject);
  if (subject_fault) throw invalid({ pointer: `${pointer}/subject`, detail: subject_fault });
  checkHeaders(content, from, pointer);
  if (isDeeperThan(metadata, MAX_METADATA_DEPTH)) {
    throw invalid({ pointer: `${pointer}/metadata`, detail: `is nested more than ${MAX_METADATA_DEPTH} levels deep` });
  }
  if (holdsInfinity(metadata)) {
    throw invalid({ pointer: `${pointer}/metadata`, detail: 'holds a number that is too large for a double' });
  }
  const metadata_json = JSON.stringify(metadata);
  if (Buffer.byteLength(metadata_json) > MAX_METADATA_BYTES) {
    throw invalid({ pointer: `${pointer}/metadata`, detail: 'is over 16 KB as JSON' });
  }
  const recipients = (['to', 'cc', 'bcc'] as const).flatMap((kind) =>
    (content[kind] ?? []).map((text, i) => ({ address: addressOf(text, `${pointer}/${kind}/${i}`), kind })),
  );
  const precedence = Object.entries(content.headers ?? {}).find(([name]) => name.toLowerCase() === 'precedence');
  for (const [i, text] of (content.reply_to ?? []).entries()) addressOf(text, `${pointer}/reply_to/${i}`);
  return {
    mail_from: from,
    from_header: content.from,
    from_address: canonicalAddress(from),
    subject: content.subject,
    tags: JSON.stringify(tags),
    metadata: metadata_json,
    content: Buffer.from(JSON.stringify(content)),
    scheduled_at: futureTime(scheduled_at, now, `${pointer}/scheduled_at`),
    bulk: bulk || isBulk(precedence?.[1]),
    unsubscribe: content.unsubscribe,
    recipients,
  };
}

function planRaw({ mail_from, rcpt_to, bytes }: RawSubmission): Parts {
  if (!bytes.length) throw invalid({ pointer: '', detail: 'the message is empty' });
  const content = withCrlf(bytes);
  if (!content) {
    throw invalid({ pointer: '', detail: 'the message mixes CRLF with bare CR or LF; end every line with CRLF' });
  }
  const read = readRaw(content);
  if ('fault' in read) throw invalid({ pointer: '', detail: `the message ${read.fault}` });
  const { raw } = read;
  const option_fault = optionFault(raw);
  if (option_fault) throw invalid({ pointer: '', detail: option_fault });
  const from_header = headerValue(raw, 'from') || mail_from;
  const [to, cc] = [addressesIn(raw, 'to'), addressesIn(raw, 'cc')];
  return {
    mail_from,
    from_header: clip(from_header, 998),
    from_address: canonicalAddress(parseMailbox(from_header)?.address ?? mail_from),
    subject: clip(headerValue(raw, 'subject') ?? '', 998),
    tags: '{}',
    metadata: '{}',
    content,
    scheduled_at: undefined,
    bulk: isBulk(headerValue(raw, 'precedence')),
    unsubscribe: rawOptions(raw).unsubscribe,
    // Envelope recipients are the truth; the headers only say how each was addressed.
    recipients: rcpt_to.map((address) => {
      const canonical = canonicalAddress(address);
      return { address, kind: to.has(canonical) ? 'to' : cc.has(canonical) ? 'cc' : 'bcc' };
    }),
  };
}

/** What senders have long marked newsletters with. */
function isBulk(precedence: string | undefined): boolean {
  return precedence !== undefined && /^(bulk|list|junk)$/i.test(precedence);
}

/** The canonical addresses of a header. */
function addressesIn(raw: RawMessage, header: string): Set<string> {
  return new Set(addressesOf(headerValue(raw, header) ?? '').map(canonicalAddress));
}

function planMessage(
  { address, kind, bulk, topic }: Recipient & Pick<PlannedMessage, 'bulk' | 'topic'>,
  due_at: Date,
  scheduled_at: Date | undefined,
  context: PlanContext,
): PlannedMessage {
  const event: NewEvent = scheduled_at
    ? { type: 'email.scheduled', detail: { schedule: { scheduled_at: scheduled_at.toISOString() } } }
    : { type: 'email.queued', detail: undefined };
  return {
    id: context.newId(),
    recipient: address,
    canonical: canonicalAddress(address),
    kind,
    bulk,
    topic,
    status: scheduled_at ? 'scheduled' : 'queued',
    due_at,
    event_id: context.newId(),
    event,
  };
}

/** Somebody named twice gets one copy, by the first mention. */
function distinct(recipients: Recipient[]): Recipient[] {
  if (recipients.length === 1) return recipients;
  const seen = new Map<string, Recipient>();
  for (const r of recipients) {
    const canonical = canonicalAddress(r.address);
    if (!seen.has(canonical)) seen.set(canonical, r);
  }
  return [...seen.values()];
}

function addressOf(text: string, pointer: string): string {
  const mailbox = parseMailbox(text);
  if (!mailbox)
    throw invalid({ pointer, detail: 'must be an email address such as ada@example.com or Ada <ada@example.com>' });
  return mailbox.address;
}

function checkHeaders({ headers = {}, unsubscribe }: Content, from: string, pointer: string): void {
  for (const [name, value] of Object.entries(headers)) {
    const written = unsubscribe && /^list-unsubscribe(-post)?$/i.test(name);
    const fault = written ? WRITTEN_FOR_UNSUBSCRIBE : headerFault(name, value, from);
    if (fault)
      throw invalid({
        pointer: `${pointer}/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        detail: fault,
      });
  }
}

const WRITTEN_FOR_UNSUBSCRIBE = 'is written by Koltrix, since `unsubscribe` asks for it; leave out one of the two';

function futureTime(at: Date | undefined, now: Date, pointer: string): Date | undefined {
  if (!at || at <= now) return undefined;
  if (at.getTime() - now.getTime() > MAX_SCHEDULE_DAYS * DAY_MS) {
    throw invalid({ pointer, detail: `is more than ${MAX_SCHEDULE_DAYS} days ahead` });
  }
  return at;
}

function tooMany(count: number, email: EmailSubmission): Refusal {
  const pointer = email.format === 'raw' ? '?rcpt_to' : `${email.pointer}/to`;
  const detail = `${count} recipients in all; an email may have ${MAX_RECIPIENTS}. Split it into several.`;
  return new Refusal('too-many-recipients', detail, { faults: [{ pointer, detail }] });
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1));
}

/** JSON's 1e999 is read as infinity, which would be stored as null. */
function holdsInfinity(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === Infinity || value === -Infinity;
  return Object.values(value).some(holdsInfinity);
}

/** Postgres takes no lone surrogates, and a clip may cut a pair in two. */
function clip(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}
