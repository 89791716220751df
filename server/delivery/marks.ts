import { domainOf } from '../mail/address.ts';
import type { Content } from '../mail/compose.ts';
import { splitRaw } from '../mail/raw.ts';
import type { CopyMarks } from '../mail/tracking/copy.ts';
import type { TrackingLinks } from '../mail/tracking/links.ts';
import { rawOptions, type TrackingOptions } from '../mail/tracking/options.ts';
import type { DomainDirectory } from '../store/domain-directory.ts';
import type { ContentRow } from '../store/emails.sql.ts';
import type { FindTrackingDefaults } from '../store/tracking-settings.ts';

export interface MarksDeps {
  links: TrackingLinks;
  trackingDefaults: FindTrackingDefaults;
  directory: Pick<DomainDirectory, 'find'>;
  /** Where recipients' mail programs find this installation; undefined when it is not known, and then nothing is marked. */
  public_url: string | undefined;
  /** The address that unsubscribes a message's recipient by mail, where mail comes back to us. */
  unsubscribeAddress(message_id: string): string | undefined;
}

/** What each copy of an email has of its own, by message id. */
export type Marks = (message_id: string) => CopyMarks;

/** What is to be tracked of an email, and under which host name; undefined when its copies are alike. */
export type MarksOf = (row: ContentRow, content: string | Buffer) => Promise<Marks | undefined>;

export const createMarksOf =
  (deps: MarksDeps): MarksOf =>
  (row, content) =>
    deps.public_url === undefined ? Promise.resolve(undefined) : find(deps, deps.public_url, row, content);

async function find(
  deps: MarksDeps,
  public_url: string,
  row: ContentRow,
  content: string | Buffer,
): Promise<Marks | undefined> {
  const { links } = deps;
  const options: TrackingOptions =
    typeof content === 'string' ? composedOptions(content) : rawOptions(splitRaw(content));
  const domain = domainOf(row.from_address);
  const { track_opens, track_clicks } = { ...(await deps.trackingDefaults(row.tenant_id, domain)), ...said(options) };
  const unsubscribe = options.unsubscribe !== undefined && options.unsubscribe !== false;
  if (!track_opens && !track_clicks && !unsubscribe) return undefined;
  const own_host = (await deps.directory.find(row.tenant_id, domain))?.tracking_host;
  const base = own_host === undefined ? public_url : `https://${own_host}`;
  return (message_id) => ({
    ...(track_opens && { pixel: links.open(base, message_id) }),
    ...(track_clicks && { link: (url) => (isOurs(url, base) ? undefined : links.click(base, message_id, url)) }),
    ...(unsubscribe && {
      unsubscribe: { url: links.unsubscribe(base, message_id), address: deps.unsubscribeAddress(message_id) },
    }),
  });
}

/** Most emails say nothing of tracking, and need not be parsed once more to learn that. */
function composedOptions(content: string): TrackingOptions {
  const may_say = content.includes('"track_') || content.includes('"unsubscribe"');
  return may_say ? (JSON.parse(content) as Content) : {};
}

function said({ track_opens, track_clicks }: TrackingOptions): TrackingOptions {
  return { ...(track_opens !== undefined && { track_opens }), ...(track_clicks !== undefined && { track_clicks }) };
}

/** A link to our own pages, as one that was written by an earlier pass, leads nowhere else. */
function isOurs(url: string, base: string): boolean {
  return url.startsWith(`${base}/u/`) || url.startsWith(`${base}/c/`);
}
