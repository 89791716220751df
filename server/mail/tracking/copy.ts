import type { Content } from '../compose.ts';
import { joinRaw, rawHeader, splitRaw } from '../raw.ts';
import { type HtmlChanges, trackHtml } from './html.ts';
import { trackRaw } from './raw-html.ts';

/** What one recipient's copy has of its own, beside its Message-ID. */
export interface CopyMarks extends HtmlChanges {
  /** Where this recipient unsubscribes: with one click by POST, and, if there is one, by mail to an address. */
  unsubscribe?: { url: string; address: string | undefined } | undefined;
}

/** Stands for the recipient's own unsubscribe link in the bodies of an email that has one. */
const PLACEHOLDER = /\{\{\s*unsubscribe_url\s*\}\}/g;

export function markContent(content: Content, { unsubscribe, ...html_changes }: CopyMarks): Content {
  const filled = (text: string) => (unsubscribe ? text.replaceAll(PLACEHOLDER, unsubscribe.url) : text);
  const { body_html, body_text, headers } = content;
  return {
    ...content,
    ...(body_html !== undefined && { body_html: filled(trackHtml(body_html, html_changes)) }),
    ...(body_text !== undefined && { body_text: filled(body_text) }),
    ...(unsubscribe && { headers: { ...headers, ...Object.fromEntries(unsubscribeHeaders(unsubscribe)) } }),
  };
}

export function markRaw(message: Buffer, { unsubscribe, ...html_changes }: CopyMarks): Buffer {
  const tracked = html_changes.link || html_changes.pixel ? trackRaw(message, html_changes) : message;
  if (!unsubscribe) return tracked;
  const { headers, body } = splitRaw(tracked);
  const added = unsubscribeHeaders(unsubscribe).map(([name, value]) => rawHeader(name, value));
  return joinRaw({ headers: [...added, ...headers], body });
}

/** RFC 2369 and RFC 8058. */
function unsubscribeHeaders({ url, address }: NonNullable<CopyMarks['unsubscribe']>): [string, string][] {
  const places = [`<${url}>`, ...(address ? [`<mailto:${address}?subject=unsubscribe>`] : [])];
  return [
    ['List-Unsubscribe', places.join(', ')],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
  ];
}
