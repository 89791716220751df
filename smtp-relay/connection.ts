import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { mustEncryptFirst } from './admission.ts';
import type { RelayLimits } from './limits.ts';
import { hasEnhancedCode, lineOf, replies, rewordLibrary, type SmtpReply } from './reply.ts';

type Socket = SMTPConnection['_socket'];
type ConnectionLimits = Pick<RelayLimits, 'max_commands_without_mail' | 'max_auth_failures'>;

/**
 * One SMTP conversation. What the library decides for the whole server is decided here for each client: whether AUTH
 * needs TLS first, how many commands and failures it may spend. And no reply leaves with a code that the library chose
 * by default.
 */
export class RelayConnection extends SMTPConnection {
  readonly #limits: ConnectionLimits;
  #commands = 0;
  #authFailures = 0;
  #isJoining = false;

  constructor(server: SMTPServer, socket: Socket, options: SMTPConnectionOptions, limits: ConnectionLimits) {
    super(server, socket, options);
    this.#limits = limits;
  }

  /** Whether the client is in the middle of something that it should be allowed to finish. */
  get busy(): boolean {
    return this._handlerPending || Boolean(this._dataStream) || Boolean(this.session.envelope?.mailFrom);
  }

  reply(reply: SmtpReply): void {
    this.#joinReplies();
    super.send(reply.code, lineOf(reply), false);
    if (reply === replies.lineTooLong) this.close();
  }

  /** Greets at once. The library first waits 100 ms for early talkers, which tells spammers apart but not clients with a key. */
  override init(): void {
    this._setListeners(() => this.connectionReady());
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    this.#commands += 1;
    if (this.#commands > this.#limits.max_commands_without_mail) this.reply(replies.tooManyCommands);
    else super._onCommand(command, callback);
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (this.#mustEncryptFirst()) {
      this.reply(replies.encryptBeforeAuth);
      callback();
    } else {
      super.handler_AUTH(command, callback);
    }
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (context === 'DATA_OK') this.#commands = 0;
    this.#joinReplies();
    const reworded = typeof data === 'string' ? this.#reword(code, data) : undefined;
    if (reworded) this.reply(reworded);
    else if (Array.isArray(data)) super.send(code, this.#offered(data), context);
    else super.send(code, data, data && hasEnhancedCode(data) ? false : context);
  }

  /** The replies to commands that came together leave together: a client that pipelines costs one write rather than three. */
  #joinReplies(): void {
    if (this.#isJoining) return;
    this.#isJoining = true;
    const socket = this._socket;
    socket.cork();
    process.nextTick(() => {
      this.#isJoining = false;
      socket.uncork();
    });
  }

  #reword(code: number, text: string): SmtpReply | undefined {
    if (code === 535 && !this.session.user && this.#isLastAuthFailure()) return replies.tooManyAuthFailures;
    if (hasEnhancedCode(text)) return undefined;
    if (code === 530 && !this.session.user) {
      return this.#mustEncryptFirst() ? replies.encryptFirst : replies.authenticateFirst;
    }
    return rewordLibrary(code, text);
  }

  /** AUTH with passwords is not even offered before TLS (RFC 4954 section 4), where TLS is needed. */
  #offered(lines: string[]): string[] {
    return this.#mustEncryptFirst() ? lines.filter((line) => !line.startsWith('AUTH ')) : lines;
  }

  #mustEncryptFirst(): boolean {
    return mustEncryptFirst(this.secure, this.remoteAddress);
  }

  #isLastAuthFailure(): boolean {
    this.#authFailures += 1;
    return this.#authFailures >= this.#limits.max_auth_failures;
  }
}
