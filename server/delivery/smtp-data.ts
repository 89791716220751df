const [LF, CR, DOT] = [10, 13, 46];
const LONE_CR = Buffer.from('\n');
const LONE_CR_AND_DOT = Buffer.from('\n.');
const LONE_LF = Buffer.from('\r');
const EXTRA_DOT = Buffer.from('.');

/**
 * A message as it follows DATA, the final dot included (RFC 5321, 4.5.2). A dot that begins a line is doubled; a CR or LF
 * alone becomes CRLF, for a server that took it for a line end could be shown an end of the data that is none (smuggling).
 */
export function smtpData(message: Buffer): Buffer {
  let missing_bytes = 0;
  // Counted first: as a list of pieces, a message of nothing but dots would take fifty times what is in it.
  const last = findMissing(message, (_at, missing) => {
    missing_bytes += missing.length;
  });
  if (missing_bytes === 0) return Buffer.concat([message, end(last)]);
  const data = Buffer.allocUnsafe(message.length + missing_bytes + end(last).length);
  let from = 0;
  let to = 0;
  findMissing(message, (at, missing) => {
    to += message.copy(data, to, from, at);
    to += missing.copy(data, to);
    from = at;
  });
  to += message.copy(data, to, from);
  end(last).copy(data, to);
  return data;
}

/** Tells of each place before which something is missing, in order; the message's last byte, or LF when it has none. */
function findMissing(message: Buffer, tell: (at: number, missing: Buffer) => void): number {
  let previous = LF;
  for (let at = 0; at < message.length; at++) {
    const byte = message[at] as number;
    // What needs something before it is one of three bytes, or follows a CR.
    if (byte === DOT || byte === LF || previous === CR) {
      const missing = missingBefore(byte, at ? previous : undefined);
      if (missing) tell(at, missing);
    }
    previous = byte;
  }
  return previous;
}

/** `previous` is undefined at the start of the message, which is the start of a line. */
function missingBefore(byte: number, previous: number | undefined): Buffer | undefined {
  if (previous === CR && byte !== LF) return byte === DOT ? LONE_CR_AND_DOT : LONE_CR;
  if (byte === LF && previous !== CR) return LONE_LF;
  if (byte === DOT && (previous === LF || previous === undefined)) return EXTRA_DOT;
  return undefined;
}

function end(last: number): Buffer {
  if (last === LF) return Buffer.from('.\r\n');
  return Buffer.from(last === CR ? '\n.\r\n' : '\r\n.\r\n');
}
