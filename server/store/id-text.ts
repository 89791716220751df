/**
 * A uuid's two spellings. Each email has four ids, so they are written into one buffer each, byte by byte: the libraries put
 * them together from strings, at some kilobytes of garbage an email.
 */
const HEX = Buffer.from('0123456789abcdef');
/** Of Crockford, in lower case, as TypeIDs have it. */
const BASE32 = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');
const HYPHEN = 0x2d;

const uuid_buffer = Buffer.alloc(36, HYPHEN);
/** Where each byte of a uuid stands in its text. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** 16 bytes as `018f2b6e-…`. */
export function uuidText(bytes: Uint8Array): string {
  for (let i = 0; i < PLACES.length; i++) {
    const [place, byte] = [PLACES[i] as number, bytes[i] as number];
    uuid_buffer[place] = HEX[byte >> 4] as number;
    uuid_buffer[place + 1] = HEX[byte & 15] as number;
  }
  return uuid_buffer.toString('latin1');
}

const base32_buffer = Buffer.alloc(26);
const nibble_of = new Uint8Array(128);
for (let value = 0; value < 16; value++) {
  nibble_of[value.toString(16).charCodeAt(0)] = value;
  nibble_of[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/** A uuid's text in base 32: 26 digits, of which the first holds three bits. */
export function base32(uuid: string): string {
  let bits = 0;
  // 26 digits are 130 bits: the two that a uuid lacks are noughts at the front.
  let held = 2;
  let digits = 0;
  for (let i = 0; i < uuid.length; i++) {
    const character = uuid.charCodeAt(i);
    if (character === HYPHEN) continue;
    bits = (bits << 4) | (nibble_of[character] as number);
    held += 4;
    if (held < 5) continue;
    held -= 5;
    base32_buffer[digits++] = BASE32[(bits >> held) & 31] as number;
  }
  return base32_buffer.toString('latin1');
}

/** A uuid's text as its 16 bytes, from `at` on. */
export function writeUuid(uuid: string, into: Uint8Array, at: number): void {
  let digits = 0;
  let byte = 0;
  for (let i = 0; i < uuid.length; i++) {
    const character = uuid.charCodeAt(i);
    if (character === HYPHEN) continue;
    byte = (byte << 4) | (nibble_of[character] as number);
    if (digits++ % 2) into[at++] = byte;
  }
}
