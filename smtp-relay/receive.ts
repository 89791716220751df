import type { SMTPServerDataStream } from 'smtp-server';
import { type Gathering, gather } from './gather.ts';
import { headerBlockLength } from './headers.ts';
import type { RelayLimits } from './limits.ts';
import { replies, type SmtpReply } from './reply.ts';
import { type LineEnds, scanLineEnds } from './scan.ts';
import { type Sink, streamBody } from './streamed-body.ts';

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

type Limits = Pick<RelayLimits, 'max_buffered_bytes' | 'max_message_bytes'>;

/** One DATA, as far as it has come. */
interface Incoming {
  data: SMTPServerDataStream;
  limits: Limits;
  /** Resolves `opened`. */
  open(message: Message | undefined): void;
  /** What has come of a message that may still fit in memory. */
  gathered: Gathering;
  /** Where the bytes go instead, once it does not, or nobody wants them. */
  sink: Sink | undefined;
  size_bytes: number;
  lineEnds: LineEnds;
  refused: SmtpReply | undefined;
}

const nowhere: Sink = { take() {}, finish() {}, breakOff() {} };

/**
 * Reads one DATA. A message that breaks a rule is read to its end and dropped, so that the connection stays usable; a
 * body that already streams is broken off, so that the API never sees it complete.
 */
export function receive(data: SMTPServerDataStream, limits: Limits): Receipt {
  const opened = Promise.withResolvers<Message | undefined>();
  const ended = Promise.withResolvers<SmtpReply | 'gone' | 'complete'>();
  const incoming: Incoming = {
    data,
    limits,
    open: opened.resolve,
    gathered: gather(),
    sink: undefined,
    size_bytes: 0,
    lineEnds: 'text',
    refused: undefined,
  };
  data.on('data', (chunk: Buffer) => take(incoming, chunk));
  data.on('end', () => {
    finish(incoming);
    ended.resolve(incoming.refused ?? 'complete');
  });
  // The library breaks the stream off with an error when the client goes away; `close` follows and says enough.
  data.on('error', () => {});
  data.on('close', () => {
    if (!data.readableEnded) incoming.sink?.breakOff('The client went away before the end of the message');
    opened.resolve(undefined);
    ended.resolve('gone');
  });
  return { opened: opened.promise, ended: ended.promise };
}

function take(incoming: Incoming, chunk: Buffer): void {
  if (incoming.refused) return;
  const fault = faultOf(incoming, chunk);
  if (fault) refuse(incoming, fault);
  else if (incoming.sink) incoming.sink.take(chunk);
  else {
    incoming.gathered.add(chunk);
    if (incoming.size_bytes > incoming.limits.max_buffered_bytes) openStream(incoming);
  }
}

function faultOf(incoming: Incoming, chunk: Buffer): SmtpReply | undefined {
  incoming.size_bytes += chunk.length;
  if (incoming.size_bytes > incoming.limits.max_message_bytes) return replies.messageTooLarge;
  incoming.lineEnds = scanLineEnds(chunk, incoming.lineEnds);
  return incoming.lineEnds === 'bare' ? replies.bareLineEnd : undefined;
}

function finish({ sink, gathered, open }: Incoming): void {
  if (sink) {
    sink.finish();
    return;
  }
  const body = gathered.bytes();
  const length = headerBlockLength(body);
  open({ headers: length === -1 ? body : body.subarray(0, length), body });
}

function openStream(incoming: Incoming): void {
  const start = incoming.gathered.bytes();
  incoming.gathered = gather();
  const length = headerBlockLength(start);
  if (length === -1) {
    refuse(incoming, replies.headersTooLarge);
    return;
  }
  const { body, sink } = streamBody(start, incoming.data, () => drop(incoming));
  incoming.sink = sink;
  incoming.open({ headers: start.subarray(0, length), body });
}

function refuse(incoming: Incoming, reply: SmtpReply): void {
  incoming.refused = reply;
  incoming.sink?.breakOff(reply.text);
  drop(incoming);
  incoming.open(undefined);
}

/** The client has to finish its DATA all the same. */
function drop(incoming: Incoming): void {
  incoming.gathered = gather();
  incoming.sink = nowhere;
  incoming.data.resume();
}
