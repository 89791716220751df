/** By what a report may name a message of ours. */
export interface Mentions {
  /** Local parts of signed addresses, as `b+2c4m…`. */
  signed: string[];
  /** Ids as we write them in `Message-ID`: `msg_…`. */
  message_ids: string[];
  /** What a delivery report gives as our ENVID. */
  envelope_id: string | null;
}

const SIGNED = /(?<![\w+])[bu]\+[0-9a-hj-km-np-tv-z]{44,100}(?=@)/gi;
const MESSAGE_ID = /<(msg_[0-7][0-9a-hj-km-np-tv-z]{25})@/gi;
const MAX_EACH = 10;

export function mentionsIn(texts: string[], envelope_id: string | null): Mentions {
  return {
    signed: first(texts, SIGNED).map(([whole]) => whole),
    message_ids: first(texts, MESSAGE_ID).map(([, id]) => (id as string).toLowerCase()),
    envelope_id,
  };
}

function first(texts: string[], pattern: RegExp): RegExpExecArray[] {
  return texts.flatMap((text) => text.matchAll(pattern).take(MAX_EACH).toArray()).slice(0, MAX_EACH);
}
