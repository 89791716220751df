/** Bytes that come in pieces, put together as they come. */
export interface Gathering {
  add(piece: Buffer): void;
  bytes(): Buffer;
}

/**
 * Dot-stuffed lines come in pieces of a few bytes, and a list of those would take fifty times what is in them. A single
 * piece, as most messages are, is kept as it is.
 */
export function gather(): Gathering {
  let whole: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    add(piece) {
      if (length === 0) whole = piece;
      else {
        if (length + piece.length > whole.length) whole = enlarge(whole, length, length + piece.length);
        piece.copy(whole, length);
      }
      length += piece.length;
    },
    bytes: () => whole.subarray(0, length),
  };
}

function enlarge(bytes: Buffer, length: number, wanted: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, wanted));
  bytes.copy(larger, 0, 0, length);
  return larger;
}
