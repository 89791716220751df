import type { SMTPServerDataStream } from 'smtp-server';
import { gather } from './gather.ts';
import { headerBlockLength } from './headers.ts';
import type { RelayLimits } from './limits.ts';
import { replies, type SmtpReply } from './reply.ts';
import { type LineEnds, scanLineEnds } from './scan.ts';

/** A message as it comes in. `headers` is its header block; `body` is all of it, whole or as it arrives. */
export interface Message {
  headers: Buffer;
  body: Buffer | ReadableStream<Uint8Array>;
}

/** The two moments of DATA. */
interface Receipt {
  /** Resolves when the message is complete in memory, when it has outgrown the buffer, or with `undefined` when refused. */
  opened: Promise<Message | undefined>;
  /**
   * Resolves when DATA is over: with the reply that refuses the message, or `gone` when the client left before its end,
   * or `complete`. A streamed body ends properly only in the last case.
   */
  ended: Promise<SmtpReply | 'gone' | 'complete'>;
}

/** How much of a streamed body may wait for the API before the client is made to wait. */
const max_queued_bytes = 65_536;

/**
 * Reads one DATA. A message that breaks a rule is read to its end and dropped, so that the connection stays usable; a
 * body that already streams is broken off, so that the API never sees it complete.
 */
export function receive(
  data: SMTPServerDataStream,
  limits: Pick<RelayLimits, 'max_buffered_bytes' | 'max_message_bytes'>,
): Receipt {
  const opened = Promise.withResolvers<Message | undefined>();
  const ended = Promise.withResolvers<SmtpReply | 'gone' | 'complete'>();
  let take: (chunk: Buffer) => void = buffer;
  let finish: () => void = finishBuffer;
  let breakOff: (reason: string) => void = () => {};
  let gathered = gather();
  let size_bytes = 0;
  let lineEnds: LineEnds = 'text';
  let refused: SmtpReply | undefined;

  function check(chunk: Buffer): SmtpReply | undefined {
    size_bytes += chunk.length;
    if (size_bytes > limits.max_message_bytes) return replies.messageTooLarge;
    lineEnds = scanLineEnds(chunk, lineEnds);
    return lineEnds === 'bare' ? replies.bareLineEnd : undefined;
  }

  function buffer(chunk: Buffer): void {
    gathered.add(chunk);
    if (size_bytes > limits.max_buffered_bytes) openStream();
  }

  function finishBuffer(): void {
    const body = gathered.bytes();
    const length = headerBlockLength(body);
    opened.resolve({ headers: length === -1 ? body : body.subarray(0, length), body });
  }

  function openStream(): void {
    const start = gathered.bytes();
    const length = headerBlockLength(start);
    gathered = gather();
    if (length === -1) {
      refuse(replies.headersTooLarge);
      return;
    }
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          controller.enqueue(start);
          take = (chunk) => {
            controller.enqueue(chunk);
            if ((controller.desiredSize ?? 0) <= 0) data.pause();
          };
          finish = () => controller.close();
          breakOff = (reason) => controller.error(new Error(reason));
        },
        pull() {
          data.resume();
        },
        // The API has answered before the end: the rest is of no use, but the client has to finish its DATA.
        cancel: drop,
      },
      { highWaterMark: max_queued_bytes, size: (chunk) => chunk.byteLength },
    );
    opened.resolve({ headers: start.subarray(0, length), body });
  }

  function drop(): void {
    gathered = gather();
    take = () => {};
    finish = () => {};
    breakOff = () => {};
    data.resume();
  }

  function refuse(reply: SmtpReply): void {
    refused = reply;
    breakOff(reply.text);
    drop();
    opened.resolve(undefined);
  }

  data.on('data', (chunk: Buffer) => {
    if (refused) return;
    const wrong = check(chunk);
    if (wrong) refuse(wrong);
    else take(chunk);
  });
  data.on('end', () => {
    if (!refused) finish();
    ended.resolve(refused ?? 'complete');
  });
  // The library breaks the stream off with an error when the client goes away; `close` follows and says enough.
  data.on('error', () => {});
  data.on('close', () => {
    if (!data.readableEnded) breakOff('The client went away before the end of the message');
    opened.resolve(undefined);
    ended.resolve('gone');
  });
  return { opened: opened.promise, ended: ended.promise };
}
