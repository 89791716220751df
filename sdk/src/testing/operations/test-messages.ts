import { canonicalAddress } from '../address.ts';
import type { Behaviours } from '../context.ts';
import { newestFirst } from '../page.ts';
import { notFound } from '../problem.ts';
import { waitFor } from '../wait.ts';
import type { CapturedRecord, World } from '../world.ts';

export const testMessages = {
  async listTestMessages({ world, signal }, { query }) {
    const { to, since, wait = 0 } = query;
    const look = () => matching(world, to, since);
    // A cursor that is none is refused before anything is waited for.
    newestFirst([], query);
    const isThere = () => newestFirst(look(), query).data.length > 0;
    await waitFor(world, isThere, { timeout_ms: wait * 1_000, signal });
    return { status: 200, body: newestFirst(look(), query) };
  },

  getTestMessage: ({ world }, { path }) => ({ status: 200, body: find(world, path.test_message_id).message }),

  getTestMessageSource: ({ world }, { path }) => ({ status: 200, body: find(world, path.test_message_id).source }),
} satisfies Behaviours;

/** In lists, attachments come without their contents. */
function matching({ captured }: World, to: string | undefined, since: string | undefined) {
  return captured
    .filter((record) => to === undefined || record.to === canonicalAddress(to))
    .map(({ message }) => message)
    .filter((message) => since === undefined || new Date(message.received_at) > new Date(since))
    .map((message) => ({ ...message, attachments: message.attachments.map((a) => ({ ...a, content: null })) }));
}

function find({ captured }: World, id: string): CapturedRecord {
  const record = captured.find(({ message }) => message.id === id);
  if (!record) throw notFound('test message');
  return record;
}
