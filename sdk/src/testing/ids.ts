export type IdPrefix = 'em' | 'msg' | 'evt' | 'wh' | 'whd' | 'key' | 'ten' | 'tm' | 'req' | 'rep' | 'dom';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes TypeIDs, as the server does: a prefix and a UUIDv7, sorting by the order in which they are made. */
export function idMaker(now: () => Date): (prefix: IdPrefix) => string {
  let last_ms = 0;
  let count = 0;
  return (prefix) => {
    const now_ms = now().getTime();
    count = now_ms > last_ms ? 0 : count + 1;
    if (now_ms > last_ms) last_ms = now_ms;
    if (count > 0xfff) {
      last_ms++;
      count = 0;
    }
    return `${prefix}_${base32(uuid7(last_ms, count))}`;
  };
}

/** RFC 9562, 5.7, with the 12 bits behind the version as a counter. */
function uuid7(time_ms: number, count: number): bigint {
  const random = crypto.getRandomValues(new BigUint64Array(1))[0] as bigint;
  return (BigInt(time_ms) << 80n) | (0x7n << 76n) | (BigInt(count) << 64n) | (0x2n << 62n) | (random >> 2n);
}

function base32(value: bigint): string {
  return Array.from({ length: 26 }, (_, i) => DIGITS[Number((value >> BigInt(5 * (25 - i))) & 31n)]).join('');
}

/** The id before every other, at which a log begins. */
export const firstId = (prefix: IdPrefix) => `${prefix}_${'0'.repeat(26)}`;
