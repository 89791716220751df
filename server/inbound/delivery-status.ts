import { oneLine, type Reply } from '../delivery/classify.ts';
import { replyIn } from './reply-in-words.ts';

/** What a delivery report says of one recipient. */
export interface RecipientReport {
  /** RFC 3464, 2.3.3. */
  action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** As they stand there; null when they are not named. */
  original_recipient: string | null;
  final_recipient: string | null;
  reply: Reply;
}

export interface DeliveryStatus {
  reporting_mta: string | null;
  /** What the sender gave as ENVID (RFC 3461). */
  envelope_id: string | null;
  recipients: RecipientReport[];
}

/** More would be no report on one message. */
const MAX_GROUPS = 200;

/**
 * A `message/delivery-status` body. Blank lines part the groups of fields: first what concerns the whole, then one for
 * each recipient. Some servers leave the first blank line out, so a group may be both.
 */
export function parseDeliveryStatus(text: string): DeliveryStatus {
  const groups = text
    .replaceAll(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/, MAX_GROUPS)
    .map(fieldsOf);
  const whole = groups.find((fields) => fields.has('reporting-mta'));
  return {
    reporting_mta: value(whole?.get('reporting-mta')),
    envelope_id: groups.map((fields) => fields.get('original-envelope-id')).find((id) => id !== undefined) ?? null,
    recipients: groups.flatMap((fields) => recipientOf(fields) ?? []),
  };
}

/** By name in lower case, unfolded; of a field that stands twice the first. */
export function fieldsOf(group: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of group.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name, rest = ''] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? [];
    if (name && !fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), rest.trim());
  }
  return fields;
}

const ACTIONS: Record<string, RecipientReport['action']> = {
  failed: 'failed',
  failure: 'failed',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: 'relayed',
  expanded: 'expanded',
};

/** Undefined when no action is named that RFC 3464 knows: what is not said to have failed has not bounced. */
function recipientOf(fields: Map<string, string>): RecipientReport | undefined {
  const action = ACTIONS[/[a-z]+/i.exec(withoutComments(fields.get('action') ?? ''))?.[0].toLowerCase() ?? ''];
  if (!action) return undefined;
  return {
    action,
    original_recipient: value(fields.get('original-recipient')),
    final_recipient: value(fields.get('final-recipient')),
    reply: replyOf(fields),
  };
}

const GENERIC = /^[245]\.0\.0$/;

/** The words of `Diagnostic-Code`; its enhanced code where `Status` says nothing closer than "failed". */
function replyOf(fields: Map<string, string>): Reply {
  const diagnostic = fields.get('diagnostic-code');
  const [, type = '', said = ''] = /^(?:([\w-]+)[ \t]*;)?([\s\S]*)$/.exec(diagnostic ?? '') ?? [];
  const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(fields.get('status') ?? '')?.[0] ?? null;
  const reply = replyIn(said.trim());
  const enhanced_code = status && !GENERIC.test(status) ? status : (reply.enhanced_code ?? status);
  return {
    // Only what a server said in SMTP has an SMTP code; `X-Notes; 550` or a line number would be somebody else's.
    smtp_code: !type || /smtp|postfix/i.test(type) ? reply.smtp_code : null,
    enhanced_code,
    text: reply.text || oneLine(fields.get('status') ?? ''),
  };
}

/** `rfc822; <ada@example.com>` and `dns; mx.example.com`, without the type, brackets and comments. */
function value(field: string | undefined): string | null {
  if (field === undefined) return null;
  const text = withoutComments(field.slice(field.indexOf(';') + 1)).trim();
  return oneLine(text.replace(/^<(.*)>$/, '$1')).slice(0, 320) || null;
}

function withoutComments(text: string): string {
  return text.includes('"') ? text : text.replaceAll(/\([^()]*\)/g, ' ').trim();
}
