import type { Suppression } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../address.ts';
import { type Behaviours, createOnce } from '../context.ts';
import { utf8 } from '../mime/bytes.ts';
import { page, readCursor } from '../page.ts';
import { invalid, Refusal } from '../problem.ts';
import { suppressionKey, suppressionOf } from '../suppressions.ts';
import { isLonger, readSuppressionsCsv, writeSuppressionsCsv } from '../suppressions-csv.ts';
import type { World } from '../world.ts';

/** More of them would tell nobody more. */
const MAX_FAULTS = 100;

export const suppressions = {
  listSuppressions({ world }, { query: { limit = 25, cursor, reason } }) {
    const before = readCursor(cursor, /^\d{4}-\S+Z [^\0]+$/);
    const live = [...world.suppressions.values()]
      .filter(({ address, topic }) => suppressionOf(world, address, topic))
      .filter((suppression) => reason === undefined || suppression.reason === reason)
      .filter((suppression) => before === undefined || placeOf(suppression) < before)
      .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
    return { status: 200, body: page(live, limit, placeOf) };
  },

  createSuppression(context, { body: { address, topic = null, reason = 'manual', expires_at } }) {
    const { world } = context;
    const now = world.clock.now();
    const until = expires_at ? new Date(expires_at) : null;
    if (until && until <= now) throw invalid({ pointer: '/expires_at', detail: 'must lie in the future' });
    const suppression: Suppression = {
      address: canonicalAddress(address),
      topic,
      reason,
      source_message_id: null,
      diagnostic: null,
      created_at: now.toISOString(),
      expires_at: until?.toISOString() ?? null,
    };
    return createOnce(context, () => {
      world.suppressions.set(suppressionKey(suppression.address, topic), suppression);
      return { status: 201, body: suppression };
    });
  },

  importSuppressions({ world }, { body }) {
    const now = world.clock.now();
    const { suppressions: list, repeated, faults } = readSuppressionsCsv(body as unknown as Uint8Array, now);
    let imported = 0;
    for (const read of list) {
      const known = suppressionOf(world, read.address, read.topic);
      if (known && !isLonger(read.expires_at, known.expires_at)) continue;
      imported++;
      const created = { source_message_id: null, diagnostic: null, created_at: now.toISOString() };
      world.suppressions.set(suppressionKey(read.address, read.topic), { ...read, ...created });
    }
    const unchanged = list.length - imported + repeated;
    return { status: 200, body: { imported, unchanged, failed: faults.length, faults: faults.slice(0, MAX_FAULTS) } };
  },

  exportSuppressions({ world }) {
    const live = [...world.suppressions.values()].filter(({ address, topic }) => suppressionOf(world, address, topic));
    return { status: 200, body: utf8(writeSuppressionsCsv(live)) };
  },

  getSuppression: ({ world }, { path, query }) => ({ status: 200, body: find(world, path.address, query.topic) }),

  deleteSuppression({ world }, { path, query }) {
    const { address, topic } = find(world, path.address, query.topic);
    world.suppressions.delete(suppressionKey(address, topic));
    return { status: 204 };
  },
} satisfies Behaviours;

/** Newest first; those of one moment by their address. */
const placeOf = ({ created_at, address, topic }: Suppression) => `${created_at} ${address} ${topic ?? ''}`;

function find(world: World, address: string, topic: string | undefined): Suppression {
  const found = suppressionOf(world, canonicalAddress(address), topic ?? null);
  if (!found) throw new Refusal('not-found', 'This address is not suppressed.');
  return found;
}
