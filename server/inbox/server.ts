import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { gather } from '@koltrix/smtp-relay/gather.ts';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { Refusal } from '../errors/refusal.ts';
import { canonicalAddress, envelopeAddress } from '../mail/address.ts';
import { refusal, type SmtpReply } from '../mail/smtp-reply.ts';
import type { Queryable } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import { readUuid, showId } from '../store/ids.ts';
import type { Log } from '../store/log.ts';
import { createKeeper, type Keeper } from './keep.ts';
import { NOT_AN_OUTBOUND_MESSAGE, ONE_RECIPIENT, TOO_LARGE, TRY_LATER } from './reply.ts';
import { behaviourOf } from './simulator.ts';

export interface InboxDeps {
  db: Queryable;
  hints: Pick<Hints, 'give'>;
  log: Log;
  now(): Date;
  newId(): string;
}

export interface Inbox extends AsyncDisposable {
  host: '127.0.0.1';
  port: number;
}

/** Above what any accepted submission can grow to in transfer encoding (25 MB, threefold in quoted-printable). */
const MAX_MESSAGE_BYTES = 100 * 1024 * 1024;
/** RFC 5321, 4.5.3.2.7: a server waits at least five minutes for the next command. */
const IDLE_TIMEOUT_MS = 300_000;
const CLOSE_TIMEOUT_MS = 1_000;
const HOST = '127.0.0.1';

/**
 * A real SMTP server that keeps mail instead of passing it on. It serves delivery alone: it listens on loopback, and each
 * transaction names its outbound message as ENVID (RFC 3461), which says whose mail it is.
 */
export async function startInbox(deps: InboxDeps): Promise<Inbox> {
  const keeper = createKeeper(deps);
  const smtp = new SMTPServer({
    name: 'inbox.localhost',
    banner: 'Koltrix test inbox',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideDSN: false,
    // It would choose one by the basic code alone; ours stand in the texts.
    hideENHANCEDSTATUSCODES: true,
    size: MAX_MESSAGE_BYTES,
    socketTimeout: IDLE_TIMEOUT_MS,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // Whether an address can be mailed was settled when it was accepted.
    lenientAddressParsing: true,
    onMailFrom: (_address, session, done) => answer(deps, done, async () => refusalOfSender(session)),
    onRcptTo: ({ address }, session, done) => answer(deps, done, () => refusalOfRecipient(keeper, address, session)),
    onData(stream, session, done) {
      receive(stream).then(
        (source) => answer(deps, done, () => capture(deps, keeper, session, source)),
        // The client went away in the middle of the message: there is nobody to answer.
        () => {},
      );
    },
  });
  smtp.on('error', (error) => deps.log.warn({ err: error }, 'the test inbox lost a connection'));
  smtp.listen(0, HOST);
  await once(smtp.server, 'listening');
  return {
    host: HOST,
    port: (smtp.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(smtp),
  };
}

type Done = (error?: Error | null, text?: string) => void;

/** Answers with the reply that `work` refuses by, or with its text. */
async function answer(
  { log }: Pick<InboxDeps, 'log'>,
  done: Done,
  work: () => Promise<SmtpReply | string | undefined>,
): Promise<void> {
  try {
    const reply = await work();
    if (typeof reply === 'object') done(refusal(reply));
    else done(null, reply);
  } catch (error) {
    if (!(error instanceof Refusal)) log.error({ err: error }, 'the test inbox failed');
    done(refusal(TRY_LATER));
  }
}

/** The outbound message that the transaction is about; undefined when it names none. */
function messageOf({ envelope }: SMTPServerSession): string | undefined {
  return readUuid(envelope.dsn?.envid ?? '');
}

function refusalOfSender(session: SMTPServerSession): SmtpReply | undefined {
  return messageOf(session) ? undefined : NOT_AN_OUTBOUND_MESSAGE;
}

async function refusalOfRecipient(
  { attemptOf }: Keeper,
  recipient: string,
  session: SMTPServerSession,
): Promise<SmtpReply | undefined> {
  if (session.envelope.rcptTo.length) return ONE_RECIPIENT;
  const behaviour = behaviourOf(recipient);
  if (!behaviour?.refusal) return undefined;
  if (behaviour.refusals === Number.POSITIVE_INFINITY) return behaviour.refusal;
  const message_id = messageOf(session);
  const attempt = message_id && (await attemptOf(message_id));
  if (!attempt) return NOT_AN_OUTBOUND_MESSAGE;
  return attempt <= behaviour.refusals ? behaviour.refusal : undefined;
}

/** The exact bytes; undefined when there are too many. Rejects when the client goes away. */
function receive(stream: SMTPServerDataStream): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let gathered = gather();
    stream.on('data', (chunk: Buffer) => {
      if (stream.sizeExceeded) gathered = gather();
      else gathered.add(chunk);
    });
    stream.on('end', () => resolve(stream.sizeExceeded ? undefined : gathered.bytes()));
    stream.on('error', reject);
  });
}

/** Answers only after the commit. */
async function capture(
  { now, newId }: Pick<InboxDeps, 'now' | 'newId'>,
  { keep }: Keeper,
  session: SMTPServerSession,
  source: Buffer | undefined,
): Promise<SmtpReply | string> {
  if (!source) return TOO_LARGE;
  const message_id = messageOf(session);
  const { mailFrom, rcptTo } = session.envelope;
  const recipient = rcptTo[0]?.address;
  if (!message_id || !mailFrom || !recipient) return NOT_AN_OUTBOUND_MESSAGE;
  const id = newId();
  const kept = await keep({
    id,
    message_id,
    mail_from: mailFrom.address && envelopeAddress(mailFrom.address),
    rcpt_to: canonicalAddress(recipient),
    source,
    received_at: now(),
    feedback: behaviourOf(recipient)?.feedback ?? null,
  });
  return kept ? `2.0.0 Captured ${showId('tm', id)}` : NOT_AN_OUTBOUND_MESSAGE;
}

/** Ends idle connections at once, and lets those in a transaction finish for a moment. */
function close(smtp: SMTPServer): Promise<void> {
  return new Promise((resolve) => {
    smtp.close(resolve);
    for (const connection of smtp.connections) {
      if (!connection.session.envelope?.mailFrom) connection.send(421, '4.3.2 Shutting down');
    }
  });
}
