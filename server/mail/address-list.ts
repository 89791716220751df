import addressparser from 'nodemailer/lib/addressparser';

/** The mailboxes of an address header, each as text; groups are opened. For display, never for the envelope. */
export function splitAddressList(text: string): string[] {
  return addressparser(text, { flatten: true }).map(({ name, address }) => (name ? `${name} <${address}>` : address));
}

/** The bare addresses of an address header, as they are written; groups are opened. */
export function addressesOf(text: string): string[] {
  return addressparser(text, { flatten: true }).map(({ address }) => address);
}
