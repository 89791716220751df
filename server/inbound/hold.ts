import type { InboundLimits } from './limits.ts';
import { networkOf } from './network.ts';

/** The start of one message that is coming in. */
export interface Held extends Disposable {
  /** Keeps what fits; false when there is no room for it, and nothing of it is held any more. */
  add(chunk: Buffer): boolean;
  bytes(): Buffer;
}

/** What all messages under way take at once, by whom. */
export interface Hold {
  /** To be disposed of when its message is done with. */
  begin(address: string): Held;
}

type Limits = Pick<InboundLimits, 'max_kept_bytes' | 'max_held_bytes' | 'max_held_bytes_per_address'>;

const FIRST_BYTES = 16 * 1024;

/** A message is copied together as it comes: as a list, its pieces may take fifty times what is in them. */
export function createHold({ max_kept_bytes, max_held_bytes, max_held_bytes_per_address }: Limits): Hold {
  const by_address = new Map<string, number>();
  let held_bytes = 0;

  function count(address: string, bytes: number): boolean {
    const own = (by_address.get(address) ?? 0) + bytes;
    if (bytes > 0 && (own > max_held_bytes_per_address || held_bytes + bytes > max_held_bytes)) return false;
    held_bytes += bytes;
    if (own) by_address.set(address, own);
    else by_address.delete(address);
    return true;
  }

  return {
    begin(remote_address) {
      const address = networkOf(remote_address);
      let buffer = Buffer.alloc(0);
      let length = 0;
      const release = () => {
        count(address, -buffer.length);
        buffer = Buffer.alloc(0);
        length = 0;
      };
      return {
        add(chunk) {
          const wanted = Math.min(length + chunk.length, max_kept_bytes);
          if (wanted > buffer.length) {
            const size = Math.min(Math.max(FIRST_BYTES, wanted, buffer.length * 2), max_kept_bytes);
            if (!count(address, size - buffer.length)) {
              release();
              return false;
            }
            const larger = Buffer.allocUnsafeSlow(size);
            buffer.copy(larger, 0, 0, length);
            buffer = larger;
          }
          length += chunk.copy(buffer, length, 0, wanted - length);
          return true;
        },
        bytes: () => buffer.subarray(0, length),
        [Symbol.dispose]: release,
      };
    },
  };
}
