import { createHash, hash as hashAtOnce } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

const [TAB, LF, CR, SPACE] = [9, 10, 13, 32];
const CRLF = Buffer.from('\r\n');
/** Others have their turn after each piece, however large the body. */
const PIECE_BYTES = 256 * 1024;

/**
 * SHA-256 in base64 of a body (what follows the blank line) in its relaxed form (RFC 6376, 3.4.4): runs of white space are
 * one space, none ends a line, no empty lines end the body, and it ends in CRLF unless it is empty.
 */
export async function bodyHash(body: Buffer): Promise<string> {
  if (body.length <= PIECE_BYTES && isRelaxed(body)) return hashAtOnce('sha256', body, 'base64');
  const hash = createHash('sha256');
  const relax = relaxer((bytes) => hash.update(bytes), Math.min(body.length + 2, PIECE_BYTES));
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    if (at > 0) await setImmediate();
    relax.take(body, at, Math.min(at + PIECE_BYTES, body.length));
  }
  relax.end();
  return hash.digest('base64');
}

/** Most bodies are as they should be, which is seen at a fraction of the cost of writing them anew. */
function isRelaxed(body: Buffer): boolean {
  const ends_well = body.indexOf('\r\n', -2) >= 0 && body.indexOf('\r\n\r\n', -4) < 0 && body.length > 2;
  return ends_well && !body.includes(TAB) && !body.includes('  ') && !body.includes(' \r\n');
}

/** In one pass: white space and line ends wait until it is known whether anything follows them. */
function relaxer(emit: (bytes: Buffer) => void, size: number) {
  const out = Buffer.allocUnsafe(Math.max(size, 2));
  let length = 0;
  let is_empty = true;
  let space = false;
  let line_ends = 0;

  function flush(): void {
    emit(out.subarray(0, length));
    length = 0;
  }

  function endLines(): void {
    for (; line_ends > 0; line_ends--) {
      if (length + 2 > out.length) flush();
      out[length++] = CR;
      out[length++] = LF;
    }
  }

  return {
    take(body: Buffer, from: number, to: number): void {
      for (let at = from; at < to; at++) {
        const byte = body[at] as number;
        if (byte === SPACE || byte === TAB) {
          space = true;
        } else if (byte === CR && body[at + 1] === LF) {
          // The LF is passed over when its turn comes, be it in the next piece.
        } else if (byte === LF && body[at - 1] === CR) {
          space = false;
          line_ends++;
        } else {
          if (line_ends > 0) endLines();
          if (length + 2 > out.length) flush();
          if (space) out[length++] = SPACE;
          out[length++] = byte;
          space = false;
          is_empty = false;
        }
      }
    },
    end(): void {
      flush();
      if (!is_empty) emit(CRLF);
    },
  };
}
