import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { createAdmission } from './admission.ts';
import type { Authenticator, Caller } from './authenticate.ts';
import type { Certificate } from './certificate.ts';
import { RelayConnection } from './connection.ts';
import type { RelayLimits } from './limits.ts';
import type { Log } from './log.ts';
import { receive } from './receive.ts';
import { lineOf, refusal, replies, type SmtpReply } from './reply.ts';
import type { Submit } from './submit.ts';

interface Deps {
  authenticator: Authenticator;
  submit: Submit;
  certificate: Certificate;
  limits: RelayLimits;
  log: Log;
}

/** The library's server with the relay's connections in it. */
export class RelayServer extends SMTPServer {
  declare readonly connections: Set<RelayConnection>;
  /** While it drains, conversations under way may end; no new message may begin. */
  draining = false;
  readonly #limits: RelayLimits;

  constructor(options: SMTPServerOptions, limits: RelayLimits) {
    super(options);
    this.#limits = limits;
  }

  override connect(socket: RelayConnection['_socket'], options?: SMTPConnectionOptions | null): void {
    const connection = new RelayConnection(this, socket, options ?? {}, this.#limits);
    this.connections.add(connection);
    connection.on('error', (error) => this.emit('error', error));
    connection.init();
  }
}

/** The SMTP side of the relay, not yet listening. */
export function createServer(deps: Deps): RelayServer {
  const { limits, log } = deps;
  const admission = createAdmission(limits);
  const admitted = new WeakSet<SMTPServerSession>();

  const server = new RelayServer(
    {
      ...offers(deps),
      onConnect(session, callback) {
        const refused = admission.enter(session.remoteAddress);
        if (refused) return callback(refusal(refused));
        admitted.add(session);
        callback();
      },
      onClose(session) {
        if (admitted.delete(session)) admission.leave(session.remoteAddress);
      },
      onAuth({ password }, _session, callback) {
        deps.authenticator.authenticate(password ?? '').then(
          (verdict) => {
            if ('refused' in verdict) callback(refusal(verdict.refused));
            else callback(null, { user: verdict.caller });
          },
          (error: unknown) => {
            log.error({ err: error }, 'a login could not be checked');
            callback(refusal(replies.authUnavailable));
          },
        );
      },
      onMailFrom({ address }, session, callback) {
        const refused = server.draining ? replies.shuttingDown : refuseSender(address, session);
        callback(refused && refusal(refused));
      },
      onRcptTo({ address }, _session, callback) {
        callback(isMailable(address) ? null : refusal(replies.recipientSyntax));
      },
      onData(data, session, callback) {
        takeMessage(deps, data, session).then(
          (reply) => (reply.code === 250 ? callback(null, lineOf(reply)) : callback(refusal(reply))),
          (error: unknown) => {
            log.error({ err: error }, 'a message could not be taken');
            callback(refusal(replies.internal));
          },
        );
      },
    },
    limits,
  );
  server.on('error', (error: Error & { code?: string; remoteAddress?: string }) => {
    // Clients that break off, and TLS that does not come about: part of a public port's day. What keeps the server from
    // listening reaches whoever told it to.
    const { code, message, remoteAddress } = error;
    if (remoteAddress !== undefined)
      log.info({ code, reason: message, remote_address: remoteAddress }, 'SMTP connection failed');
    else if (server.server.listening) log.error({ err: error }, 'SMTP server error');
  });
  return server;
}

function offers({ limits, certificate }: Deps): SMTPServerOptions {
  return {
    banner: 'Koltrix',
    heloResponse: '%s greets %s',
    ...certificate,
    minVersion: 'TLSv1.2',
    authMethods: ['PLAIN', 'LOGIN'],
    // Whether AUTH needs TLS depends on the client's address; the connection decides.
    allowInsecureAuth: true,
    disabledCommands: ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
    size: limits.max_message_bytes,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    maxRecipients: limits.max_recipients,
    maxCommandLength: limits.max_command_bytes,
    socketTimeout: limits.idle_timeout_ms,
    disableReverseLookup: true,
    logger: false,
  };
}

function refuseSender(address: string, session: SMTPServerSession): SmtpReply | null {
  if (address === '') return replies.nullSender;
  if (!isMailable(address)) return replies.senderSyntax;
  // The library takes the parameter although it is not offered; a promise that nobody keeps (RFC 8689).
  return session.envelope.requireTLS ? replies.requireTls : null;
}

/** The library has checked the syntax, but lets a bare `postmaster` and broken UTF-8 (read as U+FFFD) through. */
function isMailable(address: string): boolean {
  return address.includes('@') && !address.includes('\uFFFD');
}

/** One DATA: receive, submit, answer. Resolves with the reply; a client that has left is answered nobody. */
async function takeMessage(deps: Deps, data: SMTPServerDataStream, session: SMTPServerSession): Promise<SmtpReply> {
  const { limits, submit } = deps;
  const caller: Caller = session.user;
  const envelope = {
    mail_from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
    rcpt_to: session.envelope.rcptTo.map(({ address }) => address),
  };
  const receipt = receive(data, limits);
  const timer = setTimeout(() => data.destroy(), limits.data_timeout_ms);
  const message = await receipt.opened;
  const reply = message && (await submit(caller, envelope, message, receipt.ended));
  const end = await receipt.ended;
  clearTimeout(timer);
  if (end === 'gone') return replies.dataTimeout;
  return end === 'complete' ? (reply ?? replies.internal) : end;
}
