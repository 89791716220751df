import type { Attempt, Email, EmailSummary } from '../../generated/types.gen.ts';
import { accept, emailStatus } from '../accept.ts';
import { canonicalAddress } from '../address.ts';
import { type Behaviours, type Context, createOnce } from '../context.ts';
import { claimOf, parseIdempotencyKey } from '../idempotency.ts';
import { append } from '../log.ts';
import { headerValue, withCrlf } from '../mime/headers.ts';
import { badCursor, newestFirst, page, readCursor } from '../page.ts';
import { planComposed, planRaw, sourceOf } from '../plan.ts';
import { notFound, Refusal } from '../problem.ts';
import type { EmailRecord, World } from '../world.ts';

export const emails = {
  sendEmail(context, { body }) {
    const { world } = context;
    const plan = planComposed(body, world.clock.now());
    return createOnce(context, () => ({ status: 202, body: accept(world, plan, 'rest') }));
  },

  sendEmailBatch(context, { body }) {
    const { world } = context;
    const plans = body.emails.map((email, i) => planComposed(email, world.clock.now(), `/emails/${i}`));
    return createOnce(context, () => ({
      status: 202,
      body: { data: plans.map((plan) => accept(world, plan, 'rest')) },
    }));
  },

  sendRawEmail(context, { body, query }) {
    const bytes = body as unknown as Uint8Array;
    context.claim ??= claimInMessage(bytes, query);
    const plan = planRaw(bytes, query);
    return createOnce(context, () => ({ status: 202, body: accept(context.world, plan, sourceOf(query)) }));
  },

  listEmails({ world }, { query }) {
    const matching = [...world.emails.values()].filter((record) => matches(record, query)).map(summaryOf);
    return { status: 200, body: newestFirst(matching, query) };
  },

  getEmail: ({ world }, { path }) => ({ status: 200, body: presentEmail(find(world, path.email_id)) }),

  listEmailEvents({ world }, { path, query: { limit = 25, cursor } }) {
    find(world, path.email_id);
    const last = readCursor(cursor, /^evt_/);
    const start = world.events.findIndex((event) => event.id === last);
    if (last !== undefined && start < 0) throw badCursor();
    const rest = world.events.slice(start + 1).filter((event) => event.data.email_id === path.email_id);
    return { status: 200, body: page(rest, limit, (event) => event.id) };
  },

  listEmailAttempts({ world }, { path, query: { limit = 25, cursor } }) {
    const attempts = find(world, path.email_id).messages.flatMap((message) => message.tries);
    const last = readCursor(cursor, /^msg_\w{26} [1-9]\d{0,8}$/);
    const start = attempts.findIndex((attempt) => placeOf(attempt) === last) + 1;
    return { status: 200, body: page(attempts.slice(start), limit, placeOf) };
  },

  cancelEmail({ world }, { path }) {
    const record = find(world, path.email_id);
    const waiting = record.messages.filter(({ status }) => status === 'scheduled' || status === 'queued');
    const free = waiting.filter((message) => message.next_attempt_at !== null);
    if (!free.length) {
      const status = emailStatus(record.messages);
      throw new Refusal(
        'invalid-state',
        `Nothing is left to cancel: the email is ${status} or is just being delivered.`,
      );
    }
    for (const message of free) {
      Object.assign(message, { status: 'canceled', next_attempt_at: null });
      append(world, record, message, 'email.canceled', {});
    }
    return { status: 200, body: presentEmail(record) };
  },
} satisfies Behaviours;

const placeOf = ({ message_id, number }: Attempt) => `${message_id} ${number}`;

/** SMTP clients name a request by a header of the message itself. */
function claimInMessage(bytes: Uint8Array, query: object): Context['claim'] {
  const message = withCrlf(bytes);
  const key = message && headerValue(message, 'x-koltrix-idempotency-key');
  return key === undefined
    ? undefined
    : claimOf(parseIdempotencyKey(key), 'sendRawEmail', { path: {}, query, body: bytes });
}

function find(world: World, id: string): EmailRecord {
  const record = world.emails.get(id);
  if (!record) throw notFound('email');
  return record;
}

function presentEmail(record: EmailRecord): Email {
  const { id, source, from, subject, bulk, tags, metadata, scheduled_at, created_at, ...details } = record.email;
  return { ...summaryOf(record), ...details };
}

function summaryOf({ email, messages }: EmailRecord): EmailSummary {
  const { id, source, from, subject, bulk, tags, metadata, scheduled_at, created_at } = email;
  return {
    id,
    source,
    status: emailStatus(messages),
    from,
    subject,
    bulk,
    tags,
    metadata,
    scheduled_at,
    created_at,
    messages: messages.map(({ canonical: _, tries: __, topic: ___, ...message }) => ({ ...message })),
  };
}

interface Filter {
  status?: string;
  recipient?: string;
  from?: string;
  tag?: string;
  created_after?: string;
  created_before?: string;
}

function matches({ email, messages, from_address }: EmailRecord, filter: Filter): boolean {
  const { status, recipient, from, tag, created_after, created_before } = filter;
  const created = new Date(email.created_at);
  return (
    (status === undefined || emailStatus(messages) === status) &&
    (recipient === undefined || messages.some(({ canonical }) => canonical === canonicalAddress(recipient))) &&
    (from === undefined || from_address === canonicalAddress(from)) &&
    (tag === undefined || hasTag(email.tags, tag)) &&
    (created_after === undefined || created >= new Date(created_after)) &&
    (created_before === undefined || created < new Date(created_before))
  );
}

/** `name:value`, or `name` for any value. */
function hasTag(tags: Record<string, string>, tag: string): boolean {
  const colon = tag.indexOf(':');
  if (colon < 0) return Object.hasOwn(tags, tag);
  const name = tag.slice(0, colon);
  return Object.hasOwn(tags, name) && tags[name] === tag.slice(colon + 1);
}
