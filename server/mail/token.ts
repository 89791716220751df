import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a token is good for; a token of one purpose is a forgery for every other. */
export type TokenPurpose = 'verp' | 'open' | 'click' | 'unsubscribe';

export interface TokenClaim {
  /** The outbound message's uuid. */
  message_id: string;
  /** What else the token says, as the number of a link; up to 32 bytes, mostly none. */
  detail: Buffer;
}

/** Signs what the world hands back to us: return paths, tracking links, unsubscribe addresses. */
export interface Tokens {
  /** Lower-case letters and digits: 44 of them for a message alone, 8 more for each 5 bytes of detail. */
  sign(purpose: TokenPurpose, message_id: string, detail?: Uint8Array): string;
  /** In either case, since some mailers fold it. Undefined when the token was not signed here for that purpose. */
  read(purpose: TokenPurpose, token: string): TokenClaim | undefined;
}

/** 80 bits: enough where each guess costs a request, and the local part of a return path may have 64 characters. */
const MAC_BYTES = 10;
const UUID_BYTES = 16;
const MAX_DETAIL_BYTES = 32;

/**
 * A token is key id (1 byte), message id (16), detail, truncated HMAC-SHA256 (10), in Crockford's base 32. The key id
 * follows from the secret, so tokens signed with a previous secret find theirs after a rotation.
 */
export function createTokens(secret: string, previous_secrets: readonly string[] = []): Tokens {
  const signing = ringOf(secret);
  const rings = [signing, ...previous_secrets.map(ringOf)];
  return {
    sign(purpose, message_id, detail = new Uint8Array()) {
      if (detail.length > MAX_DETAIL_BYTES) throw new RangeError('a token holds up to 32 bytes of detail');
      const signed = Buffer.concat([Buffer.of(signing.id), Buffer.from(message_id.replaceAll('-', ''), 'hex'), detail]);
      return base32(Buffer.concat([signed, signing.mac(purpose, signed)]));
    },
    read(purpose, token) {
      const bytes = fromBase32(token);
      if (!bytes || bytes.length < 1 + UUID_BYTES + MAC_BYTES) return undefined;
      const signed = bytes.subarray(0, -MAC_BYTES);
      const mac = bytes.subarray(-MAC_BYTES);
      // Two secrets may share an id by chance, so each that bears it is asked.
      const genuine = rings.some(({ id, mac: of }) => id === signed[0] && timingSafeEqual(of(purpose, signed), mac));
      if (!genuine) return undefined;
      const hex = signed.toString('hex', 1, 1 + UUID_BYTES);
      return {
        message_id: hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'),
        detail: signed.subarray(1 + UUID_BYTES),
      };
    },
  };
}

interface Ring {
  /** One byte that tells secrets apart; it tells nothing of them. */
  id: number;
  mac(purpose: TokenPurpose, signed: Uint8Array): Buffer;
}

function ringOf(secret: string): Ring {
  const derive = (label: string) => Buffer.from(hkdfSync('sha256', secret, '', `koltrix token ${label}`, 32));
  const keys: Record<TokenPurpose, Buffer> = {
    verp: derive('verp'),
    open: derive('open'),
    click: derive('click'),
    unsubscribe: derive('unsubscribe'),
  };
  return {
    id: derive('key id')[0] as number,
    mac: (purpose, signed) => createHmac('sha256', keys[purpose]).update(signed).digest().subarray(0, MAC_BYTES),
  };
}

/** Without the letters that are taken for digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const MAX_CHARACTERS = Math.ceil(((1 + UUID_BYTES + MAX_DETAIL_BYTES + MAC_BYTES) * 8) / 5);

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
    held &= 31;
  }
  return bits ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

/** Undefined for any text that `base32` does not write, so that one token has one spelling (but for its case). */
function fromBase32(text: string): Buffer | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text.toLowerCase()) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(held >> bits);
    held &= (1 << bits) - 1;
  }
  return held || bits >= 5 ? undefined : Buffer.from(bytes);
}
