import { oneLine, type Reply } from '../delivery/classify.ts';

const ENHANCED = String.raw`[245]\.\d{1,3}\.\d{1,3}(?![\d.])`;
/** `550 5.1.1`, also `550-5.1.1` and `550 #5.1.1`: together they are a reply wherever they stand. */
const BOTH = new RegExp(String.raw`(?<![\d.])([245]\d\d)[ -]+#?(${ENHANCED})`);
/** At the start, after `said:`, a colon or a bracket, or alone on its line's start as Yahoo has it: `554: …`. */
const CODE = /(?:^|[:>\]] +|said: *|\n[ \t]*)([245]\d\d)(?=[ :-]|$)/;
/** As qmail writes it, `(#5.1.1)`, or a word of its own; a program's version, as 4.94.2, is none. */
const ENHANCED_ALONE = /(?:^|[\s(:;])#?([45]\.[0-7]\.\d{1,3})(?![\d.])/;

/** The reply that a text quotes, as `host mx.example.com said: 550 5.1.1 No such user`; its codes are null where there are none. */
export function replyIn(text: string): Reply {
  const both = BOTH.exec(text);
  const code = both?.[1] ?? CODE.exec(text)?.[1];
  return {
    smtp_code: code === undefined ? null : Number(code),
    enhanced_code: both?.[2] ?? ENHANCED_ALONE.exec(text)?.[1] ?? null,
    text: oneLine(text),
  };
}
