import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { Refusal } from '../errors/refusal.ts';
import { createAdmission } from './admission.ts';
import { InboundServer } from './connection.ts';
import { type DoorOptions, doorAt } from './door.ts';
import { createHold, type Held, type Hold } from './hold.ts';
import { defaultLimits, type InboundLimits } from './limits.ts';
import { createLine } from './line.ts';
import { lineOf, type Reply, refusal, replies } from './reply.ts';
import { type Incoming, type TakeDeps, type Taken, takeReport } from './take.ts';

export interface InboundOptions extends DoorOptions {
  host: string;
  port: number;
  /** The name in the greeting. */
  name: string;
  /** STARTTLS is offered when there is a certificate; mail servers take what they get, so it need not verify. */
  tls: { cert: string; key: string } | undefined;
  limits?: Partial<InboundLimits>;
}

export interface Inbound extends AsyncDisposable {
  port: number;
}

/**
 * The SMTP server of the bounce domain. It takes what comes back for our own mail and nothing else, passes nothing on,
 * and answers 250 only after the commit.
 */
export async function startInbound(deps: TakeDeps, options: InboundOptions): Promise<Inbound> {
  const limits = { ...defaultLimits, ...options.limits };
  const { log } = deps;
  const admission = createAdmission(limits);
  const admitted = new WeakSet<SMTPServerSession>();
  const doors = new WeakMap<SMTPServerSession, Incoming['door']>();
  const hold = createHold(limits);
  const inLine = createLine(limits.max_readings);
  const smtp = new InboundServer(
    {
      name: options.name,
      banner: 'Koltrix',
      ...options.tls,
      minVersion: 'TLSv1.2',
      disabledCommands: ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', ...(options.tls ? [] : ['STARTTLS'])],
      authOptional: true,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      size: limits.max_message_bytes,
      socketTimeout: limits.idle_timeout_ms,
      closeTimeout: limits.drain_timeout_ms,
      // Reports come from addresses of all kinds, and nothing is ever sent to them.
      lenientAddressParsing: true,
      logger: false,
      onConnect(session, done) {
        const refused = admission.enter(session.remoteAddress);
        if (!refused) admitted.add(session);
        done(refused && refusal(refused));
      },
      onClose(session) {
        if (admitted.delete(session)) admission.leave(session.remoteAddress);
      },
      onMailFrom(_address, session, done) {
        const refused = admission.message(session.remoteAddress);
        done(refused && refusal(refused));
      },
      onRcptTo({ address }, session, done) {
        if (session.envelope.rcptTo.length) return done(refusal(replies.oneRecipient));
        const door = doorAt(address, senderOf(session), options);
        if ('code' in door) return done(refusal(admission.refused(session.remoteAddress) ?? door));
        doors.set(session, door);
        done();
      },
      onData(data, session, done) {
        receive({ ...deps, inLine, hold }, limits, doors.get(session), data, session).then(
          (reply) => (reply.code === 250 ? done(null, lineOf(reply)) : done(refusal(reply))),
          (error: unknown) => {
            if (!(error instanceof Refusal)) log.error({ err: error }, 'a report could not be taken');
            done(refusal(replies.tryLater));
          },
        );
      },
    },
    limits,
  );
  smtp.on('error', (error: Error & { code?: string; remoteAddress?: string }) => {
    const { code, message, remoteAddress } = error;
    // Clients that break off, and TLS that does not come about: part of a public port's day.
    if (smtp.server.listening)
      log.info({ code, reason: message, remote_address: remoteAddress }, 'inbound SMTP failed');
  });
  smtp.listen(options.port, options.host);
  await once(smtp.server, 'listening');
  return {
    port: (smtp.server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      admission[Symbol.dispose]();
      await new Promise<void>((resolve) => {
        smtp.close(resolve);
        for (const connection of smtp.connections) if (!connection.busy) connection.end(replies.shuttingDown);
      });
    },
  };
}

function senderOf({ envelope }: SMTPServerSession): string {
  return (envelope.mailFrom || undefined)?.address ?? '';
}

interface ReceiveDeps extends TakeDeps {
  hold: Hold;
}

async function receive(
  deps: ReceiveDeps,
  limits: InboundLimits,
  door: Incoming['door'] | undefined,
  data: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<Reply> {
  using held = deps.hold.begin(session.remoteAddress);
  const read = await readStart(data, held, limits);
  if (read === 'gone') return replies.dataTooSlow;
  if (read === 'no room') return replies.noRoom;
  if (data.sizeExceeded) return replies.tooLarge;
  const rcpt_to = session.envelope.rcptTo[0]?.address;
  if (!door || rcpt_to === undefined) return replies.noSuchAddress;
  const taken = await takeReport(deps, {
    door,
    mail_from: senderOf(session),
    rcpt_to,
    remote_address: session.remoteAddress,
    source: held.bytes(),
    size_bytes: read.size_bytes,
  });
  return meaning[taken];
}

/** A message that is known already was kept: whoever sends it again missed our answer. */
const meaning: Record<Taken, Reply> = {
  kept: { code: 250, enhanced_code: '2.0.0', text: 'Thank you' },
  known: { code: 250, enhanced_code: '2.0.0', text: 'Thank you, again' },
  unsettled: replies.notSettled,
  full: replies.enough,
  unrelated: replies.unrelated,
};

type Read = { size_bytes: number } | 'gone' | 'no room';

/** Holds the start of a message, as much as is kept; answers how large it was, or why it is not there. */
function readStart(data: SMTPServerDataStream, held: Held, { data_timeout_ms }: InboundLimits): Promise<Read> {
  let size_bytes = 0;
  let has_room = true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => data.destroy(), data_timeout_ms);
    const finish = (result: Read) => {
      clearTimeout(timer);
      resolve(result);
    };
    data.on('data', (chunk: Buffer) => {
      size_bytes += chunk.length;
      // To the end all the same: the client listens no earlier.
      has_room &&= held.add(chunk);
    });
    data.on('end', () => finish(has_room ? { size_bytes } : 'no room'));
    // The library breaks the stream off with an error when the client goes away; `close` follows and says enough.
    data.on('error', () => {});
    data.on('close', () => finish('gone'));
  });
}
