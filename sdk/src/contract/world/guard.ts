/** Mail to this domain never leaves the server: the addresses behave as their names say. */
export const SIMULATOR = 'simulator.test';

// Looked for at the beginning of a word alone: a long one without an `@` would else be read from each of its letters.
const ADDRESS = /(?<![\w.!#$&'*+=?^`{|}~-])[\w.!#$&'*+=?^`{|}~-]+@((?:[a-z0-9-]+\.)+[a-z]{2,})/gi;

/** An address in a request that somebody could own; undefined when there is none. The last line of defence. */
export function foreignAddress(text: string, senders: readonly string[]): string | undefined {
  for (const [address, domain = ''] of text.replaceAll('%40', '@').matchAll(ADDRESS)) {
    if (domain.toLowerCase() === SIMULATOR || domain.toLowerCase().endsWith(`.${SIMULATOR}`)) continue;
    if (!senders.includes(address.toLowerCase())) return address;
  }
  return undefined;
}
