import type { RecipientReport } from './delivery-status.ts';
import { replyIn } from './reply-in-words.ts';

/** How servers that write no RFC 3464 report begin: qmail and its kin, Exim, Yahoo, Sendmail and Exchange of old. */
const FAILURES = [
  /^Hi\. This is the .{0,100} at /m,
  /^--- Below this line is a copy of the message/m,
  /could not be delivered to one or more of its\s+recipients/,
  /unable to deliver (your )?message to the following address/i,
  /^ *-{3,} The following addresses had permanent (fatal|delivery) errors -{3,}/m,
  /did not reach the following recipient\(s\)/,
];
const DELAYS = [
  /has not yet been delivered to one or more of its\s+recipients/,
  /^ *-{3,} The following addresses had transient non-fatal errors -{3,}/m,
];
/** From here on it is the returned message, which may say anything. */
const COPY = /^(-{2,} ?(Below this line|Original message|This is a copy|The body of|Unsent message)|Return-Path: )/im;
/** A line that is an address and nothing else, or one and a time. */
const ADDRESS = /^[ \t]*<?([^\s<>@]{1,128}@[^\s<>@:]{1,255})>?(:| on .{0,80})?[ \t]*$/;

const MAX_LINES = 1_000;

/** What a report in plain words says of each recipient that it names; undefined for any other text. */
export function readProse(text: string): RecipientReport[] | undefined {
  const plain = text.replaceAll(/\r\n?/g, '\n');
  const action = DELAYS.some((form) => form.test(plain))
    ? 'delayed'
    : FAILURES.some((form) => form.test(plain))
      ? 'failed'
      : undefined;
  if (!action) return undefined;
  const own = plain.slice(0, COPY.exec(plain)?.index);
  const sections: { address: string; words: string[] }[] = [];
  for (const line of own.split('\n', MAX_LINES)) {
    const address = ADDRESS.exec(line)?.[1];
    if (address) sections.push({ address, words: [] });
    else sections.at(-1)?.words.push(line);
  }
  return sections.map(({ address, words }) => ({
    action,
    original_recipient: null,
    final_recipient: address,
    reply: replyIn(words.map((line) => line.trim()).join('\n')),
  }));
}
