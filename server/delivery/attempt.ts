import { envelopeAddress } from '../mail/address.ts';
import type { Database } from '../store/database.ts';
import type { GroupCommit } from '../store/group-commit.ts';
import type { Hints } from '../store/hints.ts';
import type { Lease } from '../store/outbound-leases.sql.ts';
import type { Settled, Settlement } from '../store/settlements.sql.ts';
import { type ConcludeContext, conclude, rejected } from './conclude.ts';
import type { LoadContent } from './contents.ts';
import type { EnvelopeSender } from './envelope-sender.ts';
import { type Rendering, render } from './render.ts';
import { type DeliveryTarget, type Route, routeOf, type SmtpServer } from './route.ts';
import type { SignerOf } from './signer.ts';
import type { Transport } from './transport.ts';

export interface AttemptDeps {
  db: Database;
  hints: Pick<Hints, 'give'>;
  transport: Transport;
  target: DeliveryTarget;
  inbox: SmtpServer;
  envelopeSender: EnvelopeSender;
  settle: GroupCommit<Settlement, Settled>;
  postpone: GroupCommit<Postponement, void>;
  loadContent: LoadContent;
  signerOf: SignerOf;
  worker: string;
  now(): Date;
  random(): number;
  newId(): string;
}

export interface Postponement {
  message_id: string;
  attempt: number;
  due_at: Date;
}

export interface LeasedMessage {
  lease: Lease;
  rendering: Rendering;
}

/** One try of one message: route, render, converse, settle. Nothing is locked while the other server thinks. */
export async function attempt(deps: AttemptDeps, { lease, rendering }: LeasedMessage): Promise<void> {
  const route = routeOf(lease.recipient, deps.target, deps.inbox);
  const away_until = deps.transport.awayUntil(route.server);
  if (away_until) {
    await deps.postpone({ message_id: lease.id, attempt: lease.attempt, due_at: away_until });
    return;
  }
  const { row } = rendering;
  // Not knowing whether a key is there is the database's fault, not the message's: its lease runs out.
  const signer = await deps.signerOf(row.tenant_id, row.from_address);
  using content = await deps.loadContent(row);
  const context: ConcludeContext = { worker: deps.worker, now: deps.now(), random: deps.random(), newId: deps.newId };
  let message: Buffer;
  try {
    message = await render(rendering, content.bytes, lease.id, { signer, at: lease.queued_at });
  } catch (error) {
    return settleAndTell(deps, rejected(lease, 'rendering', String(error), context));
  }
  const conversation = await deps.transport.send(route.server, {
    mail_from: await senderOf(deps, lease, rendering, route),
    rcpt_to: envelopeAddress(lease.recipient),
    message,
    envelope_id: lease.id,
  });
  await settleAndTell(deps, conclude(lease, route, conversation, { ...context, now: deps.now() }));
}

/** What stays on the machine keeps the sender's own address: nothing comes back from there by mail. */
function senderOf({ inbox, envelopeSender }: AttemptDeps, lease: Lease, { row }: Rendering, { server }: Route) {
  return server === inbox ? envelopeAddress(row.mail_from) : envelopeSender(lease, row);
}

async function settleAndTell({ settle, hints }: AttemptDeps, settlement: Settlement): Promise<void> {
  const { tenant_id, webhooks } = await settle(settlement);
  if (tenant_id) hints.give(`events:${tenant_id}`);
  if (webhooks) hints.give('webhooks');
}
