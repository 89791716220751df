/**
 * Where a scan for bare line ends stands: in text, right after a CR that still needs its LF, or `bare` once a CR or LF
 * stood alone. A complete message must end in `text`.
 */
export type LineEnds = 'text' | 'after-cr' | 'bare';

const cr = 0x0d;
const lf = 0x0a;

/**
 * Scans the next chunk of a message for a CR or LF that stands alone (RFC 5321 section 2.3.8 forbids both). Servers that
 * disagree about such line ends can be made to see a second message inside the first: SMTP smuggling.
 *
 * Pure; feed it the chunks in order, each with the state that the one before left.
 */
export function scanLineEnds(chunk: Uint8Array, before: LineEnds): LineEnds {
  if (before === 'bare') return 'bare';
  let after_cr = before === 'after-cr';
  for (let index = 0; index < chunk.length; index += 1) {
    const byte = chunk[index];
    if ((byte === lf) !== after_cr) return 'bare';
    after_cr = byte === cr;
  }
  return after_cr ? 'after-cr' : 'text';
}
