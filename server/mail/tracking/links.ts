import { createHash } from 'node:crypto';
import type { Tokens } from '../token.ts';

/** The paths below the tracking host. */
export const TRACKING_PATHS = { open: '/o', click: '/c', unsubscribe: '/u' } as const;

/** A 96-bit digest of the target is signed with the click's token. */
const DIGEST_BYTES = 12;

/** Writes and reads the addresses that recipients' mail programs come back to. */
export interface TrackingLinks {
  open(host_url: string, message_id: string): string;
  /** Leads to `target`; both the message and the target are signed, so nothing else can be reached through us. */
  click(host_url: string, message_id: string, target: string): string;
  unsubscribe(host_url: string, message_id: string): string;
  /** Each gives undefined for what was not signed here. */
  readOpen(token: string): { message_id: string } | undefined;
  readClick(token: string, target: string): { message_id: string; url: string } | undefined;
  readUnsubscribe(token: string): { message_id: string } | undefined;
}

/**
 * The target of a click travels in its address, not as a parameter but signed: a redirect needs no database, and none can
 * be forged.
 */
export function createTrackingLinks(tokens: Tokens): TrackingLinks {
  const plain = (purpose: 'open' | 'unsubscribe', token: string): { message_id: string } | undefined => {
    const claim = tokens.read(purpose, token);
    return claim && claim.detail.length === 0 ? { message_id: claim.message_id } : undefined;
  };
  return {
    open: (host_url, message_id) => `${host_url}${TRACKING_PATHS.open}/${tokens.sign('open', message_id)}.gif`,
    unsubscribe: (host_url, message_id) =>
      `${host_url}${TRACKING_PATHS.unsubscribe}/${tokens.sign('unsubscribe', message_id)}`,
    click(host_url, message_id, target) {
      const url = new URL(target).href;
      const token = tokens.sign('click', message_id, digestOf(url));
      return `${host_url}${TRACKING_PATHS.click}/${token}/${Buffer.from(url).toString('base64url')}`;
    },
    readOpen: (token) => plain('open', token.replace(/\.gif$/i, '')),
    readUnsubscribe: (token) => plain('unsubscribe', token),
    readClick(token, target) {
      const claim = tokens.read('click', token);
      const url = Buffer.from(target, 'base64url').toString('utf8');
      return claim?.detail.equals(digestOf(url)) ? { message_id: claim.message_id, url } : undefined;
    },
  };
}

function digestOf(url: string): Buffer {
  return createHash('sha256').update(url).digest().subarray(0, DIGEST_BYTES);
}
