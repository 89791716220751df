import type { Suppression } from '../../generated/types.gen.ts';
import { canonicalAddress } from '../address.ts';
import { type Behaviours, createOnce } from '../context.ts';
import { page, readCursor } from '../page.ts';
import { invalid, Refusal } from '../problem.ts';
import { suppressionKey, suppressionOf } from '../suppressions.ts';
import type { World } from '../world.ts';

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
