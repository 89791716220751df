import { type Behaviours, createOnce } from '../context.ts';
import { faultOfName, findDomain, newKey, presentDomain, toName, verify } from '../domains.ts';
import { newestFirst } from '../page.ts';
import { invalid, Refusal } from '../problem.ts';
import type { DomainRecord, World } from '../world.ts';

const MAX_DOMAINS = 1_000;

export const domains = {
  listDomains({ world }, { query }) {
    return { status: 200, body: newestFirst([...world.domains.values()].map(presentDomain), query) };
  },

  createDomain(context, { body }) {
    const { world } = context;
    return createOnce(context, () => {
      const fault = faultOfName(body.name);
      if (fault) throw invalid({ pointer: '/name', detail: fault });
      const name = toName(body.name);
      refuseTaken(world, name);
      const created_at = world.clock.now();
      const record: DomainRecord = {
        id: world.newId('dom'),
        name,
        keys: [newKey(created_at)],
        created_at,
        checked_at: null,
        verified_at: null,
        track_opens: null,
        track_clicks: null,
      };
      world.domains.set(record.id, record);
      return { status: 201, body: presentDomain(record) };
    });
  },

  getDomain: ({ world }, { path }) => ({ status: 200, body: presentDomain(findDomain(world, path.domain_id)) }),

  updateDomain({ world }, { path, body }) {
    const record = findDomain(world, path.domain_id);
    Object.assign(record, body);
    return { status: 200, body: presentDomain(record) };
  },

  deleteDomain({ world }, { path }) {
    world.domains.delete(findDomain(world, path.domain_id).id);
    return { status: 204 };
  },

  verifyDomain({ world }, { path }) {
    const record = findDomain(world, path.domain_id);
    verify(record, world.clock.now());
    return { status: 200, body: presentDomain(record) };
  },

  rotateDomainDkim: (context, { path }) =>
    createOnce(context, () => {
      const record = findDomain(context.world, path.domain_id);
      const proven = record.keys.filter((key) => key.verified_at);
      record.keys = [newKey(context.world.clock.now()), ...proven];
      return { status: 201, body: presentDomain(record) };
    }),
} satisfies Behaviours;

function refuseTaken({ domains: known }: World, name: string): void {
  if ([...known.values()].some((record) => record.name === name)) {
    throw new Refusal('invalid-state', `${name} is among your domains already.`);
  }
  if (known.size >= MAX_DOMAINS) {
    throw new Refusal('invalid-state', `There are ${MAX_DOMAINS} domains already; delete one first.`);
  }
}
