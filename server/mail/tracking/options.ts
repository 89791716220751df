import { headerValue, type RawMessage } from '../raw.ts';

/** What an email itself says of tracking; what is absent is left to its domain and the account. */
export interface TrackingOptions {
  track_opens?: boolean;
  track_clicks?: boolean;
  /** `true`: from all mail; text: from that topic. */
  unsubscribe?: boolean | string;
}

export const TOPIC = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The headers by which a raw message says what an email by fields says in its fields; they are removed before delivery. */
export const OPTION_HEADERS = {
  track_opens: 'x-koltrix-track-opens',
  track_clicks: 'x-koltrix-track-clicks',
  unsubscribe: 'x-koltrix-unsubscribe',
} as const;

/** The options of a raw message; what is malformed counts as absent, since accept has refused it (`optionFault`). */
export function rawOptions(raw: RawMessage): TrackingOptions {
  const track_opens = flag(headerValue(raw, OPTION_HEADERS.track_opens));
  const track_clicks = flag(headerValue(raw, OPTION_HEADERS.track_clicks));
  const wish = headerValue(raw, OPTION_HEADERS.unsubscribe);
  const unsubscribe = flag(wish) ?? (wish !== undefined && TOPIC.test(wish) ? wish : undefined);
  return {
    ...(track_opens !== undefined && { track_opens }),
    ...(track_clicks !== undefined && { track_clicks }),
    ...(unsubscribe !== undefined && { unsubscribe }),
  };
}

/** The first option of a raw message that says nothing we know: its header and why; undefined when all are well. */
export function optionFault(raw: RawMessage): string | undefined {
  for (const name of [OPTION_HEADERS.track_opens, OPTION_HEADERS.track_clicks]) {
    const value = headerValue(raw, name);
    if (value !== undefined && flag(value) === undefined) return `the header ${name} must be \`true\` or \`false\``;
  }
  const wish = headerValue(raw, OPTION_HEADERS.unsubscribe);
  if (wish === undefined || flag(wish) === false) return undefined;
  if (headerValue(raw, 'list-unsubscribe') !== undefined) {
    return `the header List-Unsubscribe is written by Koltrix, since ${OPTION_HEADERS.unsubscribe} asks for it; leave out one of the two`;
  }
  if (flag(wish) || TOPIC.test(wish)) return undefined;
  return `the header ${OPTION_HEADERS.unsubscribe} must be \`true\`, \`false\` or a topic such as newsletter`;
}

function flag(value: string | undefined): boolean | undefined {
  const lower = value?.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}
