import { isAscii } from 'node:buffer';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpServer } from './route.ts';

export interface OutgoingMail {
  mail_from: string;
  rcpt_to: string;
  message: Buffer;
  /** The DSN envelope id (RFC 3461), by which a report names the message. */
  envelope_id: string;
}

/** Who is at the other end of a connection, and how it is reached. */
export interface Peer {
  readonly remote_address: string | null;
  readonly source_address: string | null;
  /** Null in the clear. */
  readonly tls: { protocol: string; cipher: string; verified: boolean } | null;
}

/** A connection that is ready for the next message. */
export interface Line extends Peer {
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

export interface Pool {
  /** A line of one's own until it is released; waits while all are busy. Rejects when the server cannot be reached. */
  acquire(): Promise<Line>;
  release(line: Line, reusable: boolean): void;
  close(): void;
}

export interface PoolOptions {
  helo_name: string;
  max_connections: number;
  max_messages_per_connection: number;
}

interface OpenLine extends Line {
  connection: SMTPConnection;
  messages: number;
  idle_timer: NodeJS.Timeout | undefined;
}

const CONNECT_MS = 15_000;
/** RFC 5321 4.5.3.2 asks for 5 to 10 minutes of patience; leases are renewed meanwhile. */
const SILENCE_MS = 5 * 60_000;
const IDLE_MS = 5_000;

export function createPool(server: SmtpServer, options: PoolOptions): Pool {
  const idle: OpenLine[] = [];
  const waiting: { resolve(line: Line): void; reject(error: unknown): void }[] = [];
  let open = 0;
  let ceiling = options.max_connections;
  let closed = false;

  /**
   * Opens a line for whoever has waited longest. A server that refuses one more while it keeps others has its own limit:
   * those who wait share the lines there are. Without any, everybody who waits learns that it cannot be reached.
   */
  function openForWaiting(): void {
    if (closed || !waiting.length || open >= ceiling) return;
    open++;
    connect(server, options).then(
      (line) => {
        line.connection.once('end', () => drop(line));
        give(line);
      },
      (error) => {
        open--;
        if (open) ceiling = open;
        else for (const { reject } of waiting.splice(0)) reject(error);
      },
    );
  }

  /** Each line that ends lets the server be asked for one more than it granted before. */
  function drop(line: OpenLine): void {
    forget(line);
    open--;
    ceiling = Math.min(ceiling + 1, options.max_connections);
    openForWaiting();
  }

  function give(line: OpenLine): void {
    const next = waiting.shift();
    if (next) {
      next.resolve(line);
      return;
    }
    line.idle_timer = setTimeout(() => retire(line), IDLE_MS);
    idle.push(line);
  }

  /** Once QUIT is said the line must not be handed out, though it takes the server a moment to hang up. */
  function retire(line: OpenLine): void {
    forget(line);
    line.connection.quit();
  }

  function forget(line: OpenLine): void {
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
    clearTimeout(line.idle_timer);
  }

  return {
    acquire() {
      const line = idle.pop();
      if (line) {
        clearTimeout(line.idle_timer);
        return Promise.resolve(line);
      }
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        openForWaiting();
      });
    },
    release(released, reusable) {
      const line = released as OpenLine;
      line.messages++;
      if (closed || !reusable) line.connection.close();
      else if (line.messages >= options.max_messages_per_connection) line.connection.quit();
      else give(line);
    },
    close() {
      closed = true;
      for (const line of idle.splice(0)) retire(line);
      for (const { reject } of waiting.splice(0)) reject(new Error('the worker is stopping'));
    },
  };
}

function connect(server: SmtpServer, { helo_name }: PoolOptions): Promise<OpenLine> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    name: helo_name,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    opportunisticTLS: true,
    // Without `smtps` encryption is opportunistic: a certificate nobody vouches for still beats the clear.
    tls: { rejectUnauthorized: server.secure },
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      connection.close();
      reject(error);
    };
    connection.once('error', fail);
    connection.connect((error) => {
      if (error) return fail(error);
      // The last thing said before AUTH is the answer to EHLO, after STARTTLS to the second one.
      const offers = String(connection.lastServerResponse || '').toUpperCase();
      const ready = () => {
        connection.removeListener('error', fail);
        // Errors between messages end in 'end'; those during one reach its callback.
        connection.on('error', () => {});
        resolve(lineOf(connection, offers));
      };
      if (!server.auth) return ready();
      // Not offered is the server's word that the line is no place for a password, as when STARTTLS has failed.
      if (!connection.allowsAuth) return fail(new Error('the server does not offer AUTH on this connection'));
      // A copy, for the library writes into it.
      connection.login({ ...server.auth }, (refused) => (refused ? fail(refused) : ready()));
    });
  });
}

function lineOf(connection: SMTPConnection, offers: string): OpenLine {
  return {
    connection,
    messages: 0,
    idle_timer: undefined,
    ...peerOf(connection),
    async send(mail) {
      const lacking = lackOf(offers, mail);
      return lacking ? { outcome: 'unsendable', response: lacking, reusable: true } : send(connection, mail);
    },
  };
}

function peerOf({ _socket: socket }: SMTPConnection): Peer {
  return {
    remote_address: socket instanceof Socket ? (socket.remoteAddress ?? null) : null,
    source_address: socket instanceof Socket ? (socket.localAddress ?? null) : null,
    tls:
      socket instanceof TLSSocket
        ? { protocol: socket.getProtocol() ?? '', cipher: socket.getCipher().name, verified: socket.authorized }
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
  { mail_from, rcpt_to, message, envelope_id }: OutgoingMail,
): Promise<SendResult> {
  const envelope = {
    from: mail_from,
    to: [rcpt_to],
    size: message.length,
    use8BitMime: !isAscii(message),
    dsn: {
      ret: 'HDRS',
      envid: envelope_id,
      notify: ['FAILURE', 'DELAY', 'SUCCESS'],
      // The type `rfc822` is for ASCII alone (RFC 6533, 3).
      ...(isAscii(Buffer.from(rcpt_to)) && { orcpt: `rfc822;${rcpt_to}` }),
    },
  };
  return new Promise((resolve) => {
    connection.send(envelope, message, (error, info) => {
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
  const in_data = String(connection.lastServerResponse || '').startsWith('354');
  const outcome = in_data ? 'uncertain' : 'unreachable';
  return { outcome, response: error.message, reusable: false, session_over: !in_data };
}
