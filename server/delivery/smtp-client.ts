import type { Socket } from 'node:net';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { smtpData } from './smtp-data.ts';

type Done = (error: Error | null, reply?: string) => void;

/** What nodemailer's client has inside and opens no door to. Without these it still works: slower, and less to tell. */
interface Inside {
  _socket: Socket;
  _responseActions: ((reply: string) => void)[];
  _actionSMTPStream(reply: string, done: Done): void;
  _envelope: { mailError?: SmtpRefusal; rejectedErrors?: SmtpRefusal[] } | false;
}

interface SmtpRefusal {
  response?: string;
}

/**
 * Has the client write the content of a message, final dot included, in one piece. Its own stream, made anew for each
 * message, costs as much as the rest of the conversation and needs two packets.
 */
export function sendAtOnce(connection: SMTPConnection): void {
  const inside = connection as unknown as Inside;
  const _createSendStream = (done: Done) => {
    inside._responseActions.push((reply) => inside._actionSMTPStream(reply, done));
    const stream = {
      outByteCount: 0,
      write(message: Buffer): void {
        const data = smtpData(message);
        stream.outByteCount = data.length;
        inside._socket.write(data);
      },
      end(): void {},
    };
    return stream;
  };
  Object.assign(connection, { _createSendStream });
}

/**
 * How the server refused the message under way before it hung up: with PIPELINING the client waits for the reply to DATA
 * before it says so. Undefined when it had refused nothing.
 */
export function refusalSoFar(connection: SMTPConnection): string | undefined {
  const { _envelope: envelope } = connection as unknown as Inside;
  return envelope ? (envelope.mailError ?? envelope.rejectedErrors?.[0])?.response : undefined;
}
