import { Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { type ParsedMail, simpleParser } from 'mailparser';

const PIECE_BYTES = 64 * 1024;

/** A message's parts as they were sent; undefined when it cannot be parsed, or not in that time. Never throws. */
export async function readMime(
  source: Buffer,
  { timeout_ms }: { timeout_ms: number },
): Promise<ParsedMail | undefined> {
  const input = Readable.from(pieces(source));
  const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<undefined>();
  const timer = setTimeout(giveUp, timeout_ms, undefined);
  // No text made from HTML or the reverse, no images written into the HTML, embedded messages left whole.
  const parsing = simpleParser(input, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    keepCidLinks: true,
    keepDeliveryStatus: true,
    ignoreEmbedded: true,
    checksumAlgo: false,
  }).catch(() => undefined);
  try {
    return await Promise.race([parsing, tooLate]);
  } finally {
    clearTimeout(timer);
    input.destroy();
  }
}

/** In pieces, with a turn of the event loop between them: a large message must not hold up everything else. */
async function* pieces(source: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.length; at += PIECE_BYTES) {
    if (at) await breathe();
    yield source.subarray(at, at + PIECE_BYTES);
  }
}
