import type { BounceClass } from '../generated/types.gen.ts';

/** What the other server said at the end of a conversation. */
export interface Reply {
  /** Null when there was no reply. */
  smtp_code: number | null;
  /** By RFC 3463, as `5.1.1`. */
  enhanced_code: string | null;
  text: string;
}

export interface Verdict {
  class: BounceClass;
  /** A bounce; otherwise it is tried again. */
  permanent: boolean;
}

/** The mailbox does not exist. 5.1.10 is what Microsoft says of an unknown recipient (and RFC 7505 of a null MX). */
const HARD = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1']);
const NO_SUCH_USER =
  /no such (user|recipient|mailbox|person)|(user|recipient|mailbox|account|address) (is )?(unknown|not found|does(n't| not) exist|not exist|invalid)|unknown (user|recipient|mailbox|local[- ]part)|invalid (recipient|mailbox|user)|no mailbox (here )?by that name|not a valid (mailbox|recipient|user)|unrouteable address/i;
const BLOCKED =
  /spam|block(ed|[- ]?list)|black[- ]?list|deny[- ]?list|spamhaus|barracuda|sorbs|spamcop|dnsbl|rbl\b|reputation|poor sender|policy (reasons|rejection)|unsolicited|dmarc|spf (check )?fail|dkim/i;
/** `spam` in the recipient's own name, or in the address of a help page, is no verdict. */
const ADDRESS_OR_LINK = /https?:\S+|\S+@\S+/gi;
const MAILBOX_FULL = /(mailbox|quota|account|storage).{0,20}(full|exceed)|over ?quota|insufficient (system )?storage/i;

const DAY_MS = 24 * 3_600_000;

/** Until when a bounce suppresses its address; null: for good. Only a verdict on the address itself is for good. */
export function suppressedUntil(reason: BounceClass, now: Date): Date | null {
  return reason === 'hard' ? null : new Date(now.getTime() + DAY_MS);
}

/**
 * The class of a bounce that a delivery report tells of. The report itself says that it is one; where it names no SMTP
 * code, the enhanced code's first digit stands for it, and without either the words alone decide.
 */
export function classifyReport(reply: Reply): BounceClass {
  return classOf({ ...reply, smtp_code: reply.smtp_code ?? (reply.enhanced_code?.startsWith('4') ? 450 : 550) });
}

/** Enhanced codes come first, words second; the first digit of the SMTP code alone says whether it is for good. */
export function classify(reply: Reply): Verdict {
  return { class: classOf(reply), permanent: isPermanent(reply) };
}

/** 503 ("bad sequence") and 3xx at the wrong place are a muddle of the conversation, not a verdict on the address. */
function isPermanent({ smtp_code }: Reply): boolean {
  return smtp_code !== null && smtp_code >= 500 && smtp_code < 600 && smtp_code !== 503;
}

function classOf(reply: Reply): BounceClass {
  const { smtp_code, enhanced_code } = reply;
  if (smtp_code === null) return 'soft';
  const subject = enhanced_code?.slice(2) ?? '';
  if (subject.startsWith('7.')) return 'block';
  if (!isPermanent(reply)) return 'soft';
  if (enhanced_code && HARD.has(enhanced_code)) return 'hard';
  if (subject === '2.2' || subject === '3.4' || subject.startsWith('4.')) return 'soft';
  const text = reply.text.replaceAll(ADDRESS_OR_LINK, ' ');
  if (BLOCKED.test(text)) return 'block';
  if ([550, 551, 553].includes(smtp_code) && NO_SUCH_USER.test(text)) return 'hard';
  if (smtp_code === 552 || MAILBOX_FULL.test(text)) return 'soft';
  return 'unknown';
}

/** After the SMTP code, as RFC 2034 has it; qmail and IronPort write it with a `#`, and at the end. */
const ENHANCED_CODE = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?![\d.])|#([245]\.\d{1,3}\.\d{1,3})(?![\d.])/;

/** `550 5.1.1 No such user` in its parts; of several lines the enhanced code of the first counts. */
export function parseReply(response: string): Reply {
  const smtp_code = /^\d{3}/.exec(response)?.[0];
  const enhanced_code = ENHANCED_CODE.exec(response);
  return {
    smtp_code: smtp_code === undefined ? null : Number(smtp_code),
    enhanced_code: enhanced_code?.[1] ?? enhanced_code?.[2] ?? null,
    text: oneLine(response),
  };
}

/** One line, bounded, printable: replies come from strangers and go into the database, logs and webhooks. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 1_000)
    .toWellFormed();
}
