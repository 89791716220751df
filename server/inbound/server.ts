import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import { Refusal } from '../errors/refusal.ts';
import { lineOf, refusal } from '../mail/smtp-reply.ts';
import { type Admission, createAdmission } from './admission.ts';
import { InboundServer } from './connection.ts';
import { type DoorOptions, doorAt } from './door.ts';
import { createHold } from './hold.ts';
import { defaultLimits, type InboundLimits } from './limits.ts';
import { createLine } from './line.ts';
import { type ReceiveDeps, receive, senderOf } from './receive.ts';
import { replies } from './reply.ts';
import type { Incoming, TakeDeps } from './take.ts';

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
  const admission = createAdmission(limits);
  const receiving = { ...deps, limits, inLine: createLine(limits.max_readings), hold: createHold(limits) };
  const smtp = new InboundServer({ ...offers(options, limits), ...handlers(receiving, admission, options) }, limits);
  smtp.on('error', (error: Error & { code?: string; remoteAddress?: string }) => {
    const { code, message, remoteAddress } = error;
    // Clients that break off, and TLS that does not come about: part of a public port's day.
    if (smtp.server.listening)
      deps.log.info({ code, reason: message, remote_address: remoteAddress }, 'inbound SMTP failed');
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

function offers({ name, tls }: InboundOptions, limits: InboundLimits): SMTPServerOptions {
  return {
    name,
    banner: 'Koltrix',
    ...tls,
    minVersion: 'TLSv1.2',
    disabledCommands: ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', ...(tls ? [] : ['STARTTLS'])],
    authOptional: true,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    size: limits.max_message_bytes,
    socketTimeout: limits.idle_timeout_ms,
    closeTimeout: limits.drain_timeout_ms,
    // Reports come from addresses of all kinds, and nothing is ever sent to them.
    lenientAddressParsing: true,
    logger: false,
  };
}

/** What a conversation comes to, in its order. */
function handlers(deps: ReceiveDeps, admission: Admission, options: DoorOptions): SMTPServerOptions {
  const admitted = new WeakSet<SMTPServerSession>();
  const doors = new WeakMap<SMTPServerSession, Incoming['door']>();
  return {
    onConnect(session, done) {
      const refused = admission.enter(session.remoteAddress);
      if (!refused) admitted.add(session);
      done(refused && refusal(refused));
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
      receive(deps, doors.get(session), data, session).then(
        (reply) => (reply.code === 250 ? done(null, lineOf(reply)) : done(refusal(reply))),
        (error: unknown) => {
          if (!(error instanceof Refusal)) deps.log.error({ err: error }, 'a report could not be taken');
          done(refusal(replies.tryLater));
        },
      );
    },
    onClose(session) {
      if (admitted.delete(session)) admission.leave(session.remoteAddress);
    },
  };
}
