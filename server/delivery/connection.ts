import { isAscii } from 'node:buffer';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpServer } from './route.ts';
import { refusalSoFar, sendAtOnce } from './smtp-client.ts';

export interface OutgoingMail {
  mail_from: string;
  rcpt_to: string;
  message: Buffer;
  /** The DSN envelope id (RFC 3461), by which a report names the message. */
  envelope_id: string;
  /** Whether a report of success is wanted too; those of delay and failure always are. */
  report_success: boolean;
}

/** Who is at the other end of a connection, and how it is reached. */
export interface Peer {
  /** As it is known to us: by name where there is one. */
  readonly host: string;
  readonly remote_address: string | null;
  readonly source_address: string | null;
  /** Null in the clear. */
  readonly tls: { protocol: string; cipher: string; verified: boolean; dane: boolean } | null;
}

/** A connection that is ready for the next message. */
export interface Line extends Peer {
  readonly server: SmtpServer;
  /** Messages that it has carried. */
  readonly messages: number;
  send(mail: OutgoingMail): Promise<SendResult>;
}

export interface SendResult {
  /** `unsendable`: not begun, for the server does not offer what the message needs. */
  outcome: 'accepted' | 'refused' | 'unreachable' | 'uncertain' | 'unsendable';
  response: string;
  /** Whether the connection may carry another message. */
  reusable: boolean;
  /** The server ended the session before it looked at the message. */
  session_over?: boolean;
}

export interface OpenLine extends Line {
  connection: SMTPConnection;
  messages: number;
  idle_timer: NodeJS.Timeout | undefined;
}

export interface ConnectOptions {
  /** The name in EHLO. */
  helo_name: string;
}

const CONNECT_MS = 15_000;
/** From the first packet to the answer to EHLO, however slowly the server speaks. */
const SETUP_MS = 60_000;
/** RFC 5321 4.5.3.2 asks for 5 to 10 minutes of patience; leases are renewed meanwhile. */
const SILENCE_MS = 5 * 60_000;
/** For one message, however slowly the server speaks. */
const MESSAGE_MS = 20 * 60_000;
/** Replies are short; an endless one is cut off. */
const MAX_REPLY_BYTES = 64 * 1024;

type SmtpError = Error & Partial<Record<'response' | 'code' | 'originalCode', string | undefined>>;

/** Who says that there must be TLS. */
const DEMANDS: Partial<Record<NonNullable<SmtpServer['tls']>, string>> = {
  verified: 'MTA-STS (RFC 8461)',
  pinned: 'DANE (RFC 7672)',
  required: 'DANE (RFC 7672)',
};

/** Why a connection did not come about. `tls`: the server speaks, but its TLS does not work. */
export class ConnectError extends Error {
  readonly response: string | undefined;
  readonly tls: boolean;
  /** Our own address is not one of this machine's, so nothing follows for the server. */
  readonly own_fault: boolean;
  /** Whom it was to be with. */
  readonly server: SmtpServer;

  constructor(error: SmtpError, tls: boolean, server: SmtpServer) {
    const why = error.response || error.message;
    const demand = tls && server.tls ? DEMANDS[server.tls] : undefined;
    super(demand ? `${demand} keeps mail from ${server.host}: ${why}` : error.message, { cause: error });
    // A reply about TLS asks for nothing that a reply about mail does.
    this.response = demand ? undefined : error.response;
    this.server = server;
    this.tls = tls;
    this.own_fault = error.code === 'EADDRNOTAVAIL' || error.originalCode === 'EADDRNOTAVAIL';
  }
}

/** Opens a connection and makes it ready for mail. Rejects with a ConnectError. */
export function connect(server: SmtpServer, { helo_name }: ConnectOptions): Promise<OpenLine> {
  const connection = new SMTPConnection({
    host: server.address ?? server.host,
    ...(server.address !== undefined && { servername: server.servername ?? server.host }),
    ...(server.source && { localAddress: server.source.address }),
    port: server.port,
    secure: server.secure,
    name: server.source?.helo_name ?? helo_name,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    maxResponseSize: MAX_REPLY_BYTES,
    ...tlsOptions(server),
  });
  sendAtOnce(connection);
  return new Promise((resolve, reject) => {
    const fail = (error: SmtpError) => {
      clearTimeout(deadline);
      const tls = error.code === 'ETLS' || connection.upgrading === true;
      connection.close();
      reject(new ConnectError(error, tls, server));
    };
    const deadline = setTimeout(() => fail(new Error('the server took too long to greet')), SETUP_MS);
    connection.once('error', fail);
    connection.connect((error) => {
      if (error) return fail(error);
      const fault = connection._socket instanceof TLSSocket ? server.faultOf?.(connection._socket) : undefined;
      if (fault !== undefined) return fail(Object.assign(new Error(fault), { code: 'ETLS' }));
      // The last thing said before AUTH is the answer to EHLO, after STARTTLS to the second one.
      const offers = String(connection.lastServerResponse || '').toUpperCase();
      const ready = () => {
        clearTimeout(deadline);
        connection.removeListener('error', fail);
        // Errors between messages end in 'end'; those during one reach its callback.
        connection.on('error', () => {});
        resolve(lineOf(connection, offers, server));
      };
      if (!server.auth) return ready();
      // Not offered is the server's word that the line is no place for a password, as when STARTTLS has failed.
      if (!connection.allowsAuth) return fail(new Error('the server does not offer AUTH on this connection'));
      // A copy, for the library writes into it.
      connection.login({ ...server.auth }, (refused) => (refused ? fail(refused) : ready()));
    });
  });
}

function tlsOptions({ secure, tls, ca }: SmtpServer) {
  const authorities = ca ? { ca: [...ca] } : {};
  if (tls === 'none') return { ignoreTLS: true };
  if (tls === 'verified') return { requireTLS: true, tls: { rejectUnauthorized: true, ...authorities } };
  if (tls === 'pinned' || tls === 'required') return { requireTLS: true, tls: { rejectUnauthorized: false } };
  // Without `smtps` encryption is opportunistic: a certificate nobody vouches for still beats the clear.
  return { opportunisticTLS: true, tls: { rejectUnauthorized: secure, ...authorities } };
}

function lineOf(connection: SMTPConnection, offers: string, server: SmtpServer): OpenLine {
  return {
    connection,
    messages: 0,
    idle_timer: undefined,
    server,
    host: server.host,
    ...peerOf(connection, server),
    async send(mail) {
      const lacking = lackOf(offers, mail);
      return lacking ? { outcome: 'unsendable', response: lacking, reusable: true } : send(connection, mail);
    },
  };
}

function peerOf({ _socket: socket }: SMTPConnection, { tls }: SmtpServer): Omit<Peer, 'host'> {
  return {
    remote_address: socket instanceof Socket ? (socket.remoteAddress ?? null) : null,
    source_address: socket instanceof Socket ? (socket.localAddress ?? null) : null,
    tls:
      socket instanceof TLSSocket
        ? {
            protocol: socket.getProtocol() ?? '',
            cipher: socket.getCipher().name,
            verified: socket.authorized || tls === 'pinned',
            dane: tls === 'pinned',
          }
        : null,
  };
}

/** What the server would have to offer for this message; it gets no bytes that it has not agreed to take. */
function lackOf(offers: string, { mail_from, rcpt_to, message }: OutgoingMail): string | undefined {
  if (!isAscii(Buffer.from(mail_from + rcpt_to)) && !offers.includes('SMTPUTF8')) {
    return '553 5.6.7 The address is not ASCII and the server does not offer SMTPUTF8 (RFC 6531)';
  }
  if (!isAscii(message) && !offers.includes('8BITMIME')) {
    return '554 5.6.3 The message has 8-bit content and the server does not offer 8BITMIME (RFC 6152)';
  }
  return undefined;
}

function send(
  connection: SMTPConnection,
  { mail_from, rcpt_to, message, envelope_id, report_success }: OutgoingMail,
): Promise<SendResult> {
  const envelope = {
    from: mail_from,
    to: [rcpt_to],
    size: message.length,
    use8BitMime: !isAscii(message),
    dsn: {
      ret: 'HDRS',
      envid: envelope_id,
      notify: report_success ? ['FAILURE', 'DELAY', 'SUCCESS'] : ['FAILURE', 'DELAY'],
      // The type `rfc822` is for ASCII alone (RFC 6533, 3).
      ...(isAscii(Buffer.from(rcpt_to)) && { orcpt: `rfc822;${rcpt_to}` }),
    },
  };
  return new Promise((resolve) => {
    const deadline = setTimeout(() => connection.close(), MESSAGE_MS);
    connection.send(envelope, message, (error, info) => {
      clearTimeout(deadline);
      if (!error) return resolve({ outcome: 'accepted', response: info?.response ?? '', reusable: true });
      const { response, code, command, message } = error as Error &
        Partial<Record<'response' | 'code' | 'command', string>>;
      const unsendable = response ? undefined : UNSENDABLE[code ?? ''];
      if (unsendable) return resolve({ outcome: 'refused', response: `${unsendable} ${message}`, reusable: true });
      if (!response) return resolve(lost(connection, error));
      // A server that says 421 is closing; after any other refusal RSET makes the line ready again.
      if (response.startsWith('421')) {
        return resolve({ outcome: 'refused', response, reusable: false, session_over: command === 'MAIL FROM' });
      }
      reset(connection, (reusable) => resolve({ outcome: 'refused', response, reusable }));
    });
  });
}

/** What no command was spent on: larger than the server's SIZE (RFC 1870, 6.1), no address for an envelope. */
const UNSENDABLE: Record<string, string> = { EMESSAGE: '552 5.3.4', EENVELOPE: '553 5.1.3' };

/** RSET. Its callback is not called when the connection ends first, as with a server that refuses and hangs up. */
function reset(connection: SMTPConnection, done: (reusable: boolean) => void): void {
  const ended = () => done(false);
  connection.once('end', ended);
  connection.reset((failure) => {
    connection.removeListener('end', ended);
    done(!failure);
  });
}

/** The connection broke. After `354` the server may have taken the message: delivered at least once, and said so. */
function lost(connection: SMTPConnection, error: Error): SendResult {
  const refusal = refusalSoFar(connection);
  if (refusal) return { outcome: 'refused', response: refusal, reusable: false };
  const in_data = String(connection.lastServerResponse || '').startsWith('354');
  const outcome = in_data ? 'uncertain' : 'unreachable';
  return { outcome, response: error.message, reusable: false, session_over: !in_data };
}
