import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SecureContextOptions, TLSSocket } from 'node:tls';
import { CERTIFICATE } from '../../server/webhooks/receiver.test-support.ts';
import { type LineReader, readLines } from './line-reader.ts';

/** `content`: the first bytes after 354; `message`: the final dot has been read. */
export type Stage =
  | 'connect'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'content'
  | 'message'
  | 'RSET'
  | 'QUIT';

export interface Step {
  stage: Stage;
  /** The command as sent. */
  line: string;
  /** From RCPT on. */
  recipient: string;
  /** Number of the connection, from 1. */
  connection: number;
  /** Messages taken on this connection so far. */
  taken: number;
}

/** A reply, its lines separated by `\n`; or what else to do. Without `say` nothing is said. */
export type Act = string | { say?: string; after?: Promise<unknown>; after_ms?: number; and?: 'close' };

export interface ReceivedMail {
  mail_from: string;
  /** What follows the address in MAIL, as `SIZE=100 RET=HDRS`. */
  mail_parameters: string;
  rcpt_to: string;
  rcpt_parameters: string;
  /** Without dot-stuffing and final dot. */
  message: Buffer;
  connection: number;
  tls: boolean;
  /** By which name the client called us in TLS (SNI); undefined in the clear. */
  servername: string | undefined;
  /** User and password; undefined without AUTH. */
  login: { user: string; pass: string } | undefined;
}

export interface SmarthostOptions {
  /** One of 127.0.0.0/8, or ::1. */
  host?: string;
  /** One that is free when absent. */
  port?: number;
  /** Of STARTTLS; one that nobody vouches for when absent. */
  certificate?: SecureContextOptions;
  extensions?: string[];
  /** What it does at a step; undefined: what a well-behaved server does. */
  behave?(step: Step): Act | undefined;
}

/** A real SMTP server on loopback that does as it is told, and keeps what it is given. */
export interface Smarthost extends AsyncDisposable, Required<SmarthostOptions> {
  /** For `KOLTRIX_DELIVERY`. */
  url: string;
  received: ReceivedMail[];
  /** Every command line, with the number of its connection. */
  commands: { connection: number; line: string }[];
  connections: number;
  open: number;
  most_open: number;
  /** Ends all connections without a word. */
  hangUp(): void;
}

export const EVERYTHING = ['PIPELINING', 'SIZE 52428800', '8BITMIME', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES'];

export async function startSmarthost({
  host = '127.0.0.1',
  port: wanted = 0,
  certificate = CERTIFICATE,
  extensions = EVERYTHING,
  behave = () => undefined,
}: SmarthostOptions = {}): Promise<Smarthost> {
  const sockets = new Set<Socket>();
  // Replies of a few bytes each must not wait for the client's acknowledgement.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    smarthost.most_open = Math.max(smarthost.most_open, ++smarthost.open);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      smarthost.open--;
    });
    void converse(smarthost, socket, ++smarthost.connections);
  });
  server.listen(wanted, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const smarthost: Smarthost = {
    host,
    certificate,
    extensions,
    behave,
    port,
    url: `smtp://${host}:${port}`,
    received: [],
    commands: [],
    connections: 0,
    open: 0,
    most_open: 0,
    hangUp() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      smarthost.hangUp();
      await closed;
    },
  };
  return smarthost;
}

interface Session {
  socket: Socket;
  lines: LineReader;
  connection: number;
  taken: number;
  login: ReceivedMail['login'];
  servername: string | undefined;
  mail: [address: string, parameters: string];
  rcpt: [address: string, parameters: string];
  has_sender: boolean;
  has_recipient: boolean;
}

const PROPER: Record<Stage, string | undefined> = {
  connect: '220 smarthost.test ESMTP',
  EHLO: undefined,
  HELO: '250 smarthost.test',
  STARTTLS: '220 2.0.0 Go ahead',
  AUTH: '235 2.7.0 Welcome',
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 End with a dot',
  content: undefined,
  message: '250 2.0.0 Queued as 4711',
  RSET: '250 2.0.0 Ok',
  QUIT: '221 2.0.0 Bye',
};

async function converse(smarthost: Smarthost, socket: Socket, connection: number): Promise<void> {
  const session: Session = {
    socket,
    lines: readLines(socket),
    connection,
    taken: 0,
    login: undefined,
    servername: undefined,
    mail: ['', ''],
    rcpt: ['', ''],
    has_sender: false,
    has_recipient: false,
  };
  if (!(await take(smarthost, session, 'connect', ''))) return;
  for (;;) {
    const line = (await session.lines.until('\r\n'))?.toString();
    if (line === undefined) return;
    smarthost.commands.push({ connection, line });
    if (!(await obey(smarthost, session, line))) return;
  }
}

/** One command; false when the connection is at its end. */
async function obey(smarthost: Smarthost, session: Session, line: string): Promise<boolean> {
  const verb = (/^[A-Za-z]+/.exec(line)?.[0] ?? '').toUpperCase();
  const address = /:<(.*?)>\s*(.*)$/.exec(line);
  if (verb === 'MAIL') session.mail = [address?.[1] ?? '', address?.[2] ?? ''];
  if (verb === 'RCPT') session.rcpt = [address?.[1] ?? '', address?.[2] ?? ''];
  if (verb === 'AUTH') session.login = await readLogin(session, line);
  if (!(verb in PROPER)) return say(session.socket, '500 5.5.1 What?');
  if (verb === 'RCPT' && !session.has_sender) return say(session.socket, '503 5.5.1 MAIL first');
  if (verb === 'DATA' && !session.has_recipient) return say(session.socket, '503 5.5.1 RCPT first');
  const said = await take(smarthost, session, verb as Stage, line);
  if (said === undefined) return false;
  if (verb !== 'RCPT') session.has_sender = verb === 'MAIL' && said.startsWith('2');
  session.has_recipient = verb === 'RCPT' && said.startsWith('2');
  if (verb === 'STARTTLS' && said.startsWith('220')) return upgrade(session, smarthost.certificate);
  if (verb === 'DATA' && /^[23]/.test(said)) return receive(smarthost, session);
  if (verb === 'QUIT') session.socket.end();
  return verb !== 'QUIT';
}

async function receive(smarthost: Smarthost, session: Session): Promise<boolean> {
  if (!(await session.lines.some())) return false;
  if ((await take(smarthost, session, 'content', '')) === undefined) return false;
  const stuffed = await session.lines.until('\r\n.\r\n');
  if (!stuffed) return false;
  const message = Buffer.from(`${stuffed.toString('latin1').replaceAll(/^\./gm, '')}\r\n`, 'latin1');
  const [mail_from, mail_parameters] = session.mail;
  const [rcpt_to, rcpt_parameters] = session.rcpt;
  const { connection, login } = session;
  const tls = session.socket instanceof TLSSocket;
  const { servername } = session;
  const received = {
    mail_from,
    mail_parameters,
    rcpt_to,
    rcpt_parameters,
    message,
    connection,
    tls,
    servername,
    login,
  };
  smarthost.received.push(received);
  const said = await take(smarthost, session, 'message', '');
  if (said?.startsWith('2')) session.taken++;
  return said !== undefined;
}

/** Does what the script says for this step; what was said, or undefined when the connection was closed. */
async function take(smarthost: Smarthost, session: Session, stage: Stage, line: string): Promise<string | undefined> {
  const { connection, taken, rcpt, socket } = session;
  const act = smarthost.behave({ stage, line, recipient: rcpt[0], connection, taken });
  const proper = stage === 'EHLO' ? offer(smarthost) : PROPER[stage];
  const { say: words, after, after_ms, and } = asObject(act ?? proper ?? {});
  await after;
  if (after_ms) await sleep(after_ms);
  if (words !== undefined) say(socket, words);
  if (and === 'close') socket.end().destroySoon();
  return and === 'close' ? undefined : (words ?? '');
}

function asObject(act: Act): Exclude<Act, string> {
  return typeof act === 'string' ? { say: act } : act;
}

function offer({ extensions }: Smarthost): string {
  const lines = ['smarthost.test', ...extensions];
  return lines.map((text, i) => `250${i < lines.length - 1 ? '-' : ' '}${text}`).join('\n');
}

function say(socket: Socket, words: string): boolean {
  return socket.write(`${words.replaceAll('\n', '\r\n')}\r\n`) || true;
}

async function readLogin({ lines, socket }: Session, line: string): Promise<ReceivedMail['login']> {
  const [, mechanism, initial] = line.split(' ');
  const ask = async (prompt: string) => {
    say(socket, `334 ${prompt}`);
    return Buffer.from((await lines.until('\r\n'))?.toString() ?? '', 'base64').toString();
  };
  if (mechanism === 'LOGIN') return { user: await ask('VXNlcm5hbWU6'), pass: await ask('UGFzc3dvcmQ6') };
  const [, user = '', pass = ''] = (initial ? Buffer.from(initial, 'base64').toString() : await ask('')).split('\0');
  return { user, pass };
}

async function upgrade(session: Session, certificate: Smarthost['certificate']): Promise<boolean> {
  session.lines.stop();
  const SNICallback = (name: string, done: (error: null) => void) => {
    session.servername = name;
    done(null);
  };
  const socket = new TLSSocket(session.socket, { isServer: true, ...certificate, SNICallback });
  socket.on('error', () => {});
  session.socket = socket;
  session.lines = readLines(socket);
  return true;
}
