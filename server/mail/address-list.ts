import addressparser from 'nodemailer/lib/addressparser';

/** The mailboxes of an address header, each as text; groups are opened. For display, never for the envelope. */
export function splitAddressList(text: string): string[] {
  return addressparser(text, { flatten: true }).map(({ name, address }) => (name ? `${name} <${address}>` : address));
}

/** `ada@example.com` or `Ada Lovelace <ada@example.com>`, without anything that would need parsing. */
const PLAIN = /^(?:[A-Za-z0-9 ]*<)?([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)(>)?$/;

/** The bare addresses of an address header, as they are written; groups are opened. */
export function addressesOf(text: string): string[] {
  const plain = PLAIN.exec(text);
  if (plain?.[1] && text.includes('<') === Boolean(plain[2])) return [plain[1]];
  return addressparser(text, { flatten: true }).map(({ address }) => address);
}
