import { envelopeAddress } from '../mail/address.ts';
import type { Database } from '../store/database.ts';
import type { DomainDirectory } from '../store/domain-directory.ts';
import type { GroupCommit } from '../store/group-commit.ts';
import type { Hints } from '../store/hints.ts';
import type { Lease } from '../store/outbound-leases.sql.ts';
import type { Settled, Settlement } from '../store/settlements.sql.ts';
import { isExpired } from './backoff.ts';
import { type ConcludeContext, conclude, rejected } from './conclude.ts';
import type { LoadContent } from './contents.ts';
import type { EnvelopeSender } from './envelope-sender.ts';
import { type FindWayDeps, findWay, neverReached, unproven, type Way } from './find-way.ts';
import type { MarksOf } from './marks.ts';
import { type Objection, objectionTo } from './objection.ts';
import { type Rendering, render } from './render.ts';
import type { Route } from './route.ts';
import type { SignerOf } from './signer.ts';
import type { Conversation, Transport } from './transport.ts';

export interface AttemptDeps extends FindWayDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  transport: Transport;
  envelopeSender: EnvelopeSender;
  directory: Pick<DomainDirectory, 'find' | 'refresh'>;
  settle: GroupCommit<Settlement, Settled>;
  postpone: GroupCommit<Postponement, void>;
  loadContent: LoadContent;
  signerOf: SignerOf;
  marksOf: MarksOf;
  worker: string;
  random(): number;
  newId(): string;
}

export interface Postponement {
  message_id: string;
  attempt: number;
  due_at: Date;
  /** The message is as new then: its two days begin with the day that it may go. */
  as_new: boolean;
}

export interface LeasedMessage {
  lease: Lease;
  rendering: Rendering;
}

/** One try of one message: route, render, converse, settle. Nothing is locked while the other server thinks. */
export async function attempt(deps: AttemptDeps, item: LeasedMessage): Promise<void> {
  const { lease } = item;
  const way = await findWay(deps, lease);
  if (way.kind === 'send') return settleAndTell(deps, await handOver(deps, item, way));
  const context = contextOf(deps);
  if (way.kind === 'settle') return settleAndTell(deps, conclude(lease, way.route, way.conversation, context));
  if (way.reason === 'away' && isExpired(lease.queued_at, context.now)) {
    const { route, conversation } = neverReached(context.now);
    return settleAndTell(deps, conclude(lease, route, conversation, context));
  }
  await deps.postpone({
    message_id: lease.id,
    attempt: lease.attempt,
    due_at: way.until,
    as_new: way.reason === 'cap',
  });
}

/** What follows from handing the message over. Its bytes are gone by then: settling waits for the database. */
async function handOver(
  deps: AttemptDeps,
  { lease, rendering }: LeasedMessage,
  { route, ended }: Extract<Way, { kind: 'send' }>,
): Promise<Settlement> {
  const { row } = rendering;
  let outcome: Conversation['outcome'] = 'unsendable';
  try {
    // Not knowing who signs and what is tracked is the database's fault, not the message's: its lease runs out.
    const objection = route.destination === deps.inbox ? undefined : await objectionTo(deps.directory, row);
    if (objection) return objected(deps, lease, objection);
    const signer = await deps.signerOf(row.tenant_id, row.from_address);
    using content = await deps.loadContent(row);
    rendering.marks ??= deps.marksOf(row, content.stored);
    const marks = await rendering.marks;
    let message: Buffer;
    try {
      message = await render(rendering, content.stored, lease.id, { marks, signer, at: lease.queued_at });
    } catch (error) {
      return rejected(lease, 'rendering', String(error), contextOf(deps));
    }
    const mail_from = await senderOf(deps, lease, rendering, route);
    const conversation = await deps.transport.send(route.destination, {
      mail_from,
      rcpt_to: envelopeAddress(lease.recipient),
      message,
      envelope_id: lease.id,
      // News only behind a smarthost, and only where it comes back to us: no sender wants a mail for each of his mails.
      report_success: !route.is_final && mail_from !== envelopeAddress(rendering.row.mail_from),
    });
    outcome = conversation.outcome;
    return conclude(lease, route, conversation, contextOf(deps));
  } finally {
    // Before the settling: the next message need not wait for the database.
    ended(outcome);
  }
}

/** A domain may be proven again before the message is given up; one that was deleted comes not back. */
function objected(deps: AttemptDeps, lease: Lease, objection: Objection): Settlement {
  const context = contextOf(deps);
  if (objection.kind === 'gone') return rejected(lease, 'policy', objection.detail, context);
  const { route, conversation } = unproven(objection.reply, context.now);
  return conclude(lease, route, conversation, context);
}

function contextOf({ worker, now, random, newId }: AttemptDeps): ConcludeContext {
  return { worker, now: now(), random: random(), newId };
}

/** What stays on the machine keeps the sender's own address: nothing comes back from there by mail. */
function senderOf({ inbox, envelopeSender }: AttemptDeps, lease: Lease, { row }: Rendering, { destination }: Route) {
  return destination === inbox ? envelopeAddress(row.mail_from) : envelopeSender(lease, row);
}

async function settleAndTell({ settle, hints }: AttemptDeps, settlement: Settlement): Promise<void> {
  const { tenant_id, webhooks } = await settle(settlement);
  if (tenant_id) hints.give(`events:${tenant_id}`);
  if (webhooks) hints.give('webhooks');
}
