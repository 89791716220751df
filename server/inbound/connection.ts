import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { lineOf, type SmtpReply } from '../mail/smtp-reply.ts';
import type { InboundLimits } from './limits.ts';
import { replies } from './reply.ts';

type Limits = Pick<InboundLimits, 'max_commands_without_mail' | 'session_timeout_ms'>;

/** The library's server with our connections in it. */
export class InboundServer extends SMTPServer {
  declare readonly connections: Set<InboundConnection>;
  readonly #limits: Limits;

  constructor(options: SMTPServerOptions, limits: Limits) {
    super(options);
    this.#limits = limits;
  }

  override connect(socket: InboundConnection['_socket'], options?: SMTPConnectionOptions | null): void {
    const connection = new InboundConnection(this, socket, options ?? {}, this.#limits);
    this.connections.add(connection);
    connection.on('error', (error) => this.emit('error', error));
    connection.init();
  }
}

/** One conversation, with an end to a stranger's patience games: a budget of commands, and of time in all. */
class InboundConnection extends SMTPConnection {
  readonly #limits: Limits;
  readonly #deadline: NodeJS.Timeout;
  #commands = 0;

  constructor(
    server: SMTPServer,
    socket: InboundConnection['_socket'],
    options: SMTPConnectionOptions,
    limits: Limits,
  ) {
    super(server, socket, options);
    this.#limits = limits;
    this.#deadline = setTimeout(() => this.end(replies.sessionTooLong), limits.session_timeout_ms);
    this.#deadline.unref();
    socket.once('close', () => clearTimeout(this.#deadline));
  }

  get busy(): boolean {
    return Boolean(this._dataStream) || Boolean(this.session.envelope?.mailFrom);
  }

  /** Says why and hangs up; at once when the client is in the middle of DATA, where no reply is read. */
  end(reply: SmtpReply): void {
    this.send(reply.code, lineOf(reply), false);
    this.close();
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    this.#commands++;
    if (this.#commands > this.#limits.max_commands_without_mail) this.end(replies.tooManyCommands);
    else super._onCommand(command, callback);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (context === 'DATA_OK') this.#commands = 0;
    // Our own words begin with an enhanced code; the library would put its guess before it.
    const has_own = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data);
    super.send(code, data, has_own ? false : context);
  }
}
