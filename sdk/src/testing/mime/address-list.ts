import { decodeWords } from './encoded-words.ts';

interface Entry {
  name: string;
  address: string;
}

/** The mailboxes of an address header, each as text; groups are opened. */
export function splitAddressList(text: string): string[] {
  return entriesOf(text).map(({ name, address }) => (name ? `${name} <${address}>` : address));
}

/** The bare addresses of an address header, as they are written. */
export function addressesOf(text: string): string[] {
  return entriesOf(text).map(({ address }) => address);
}

/** The mailboxes as people read them: names decoded, and in quotes where they hold what means something else. */
export function readableAddresses(text: string | undefined): string[] {
  return entriesOf(text ?? '')
    .map(({ name, address }) => ({ name: decodeWords(name), address }))
    .map(({ name, address }) => (name && address ? `${quoted(name)} <${address}>` : address || name))
    .filter((entry) => entry !== '');
}

export function quoted(name: string): string {
  return /["\\(),.:;<>@[\]]/.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : name;
}

function entriesOf(text: string): Entry[] {
  return pieces(text).flatMap((piece) => {
    const trimmed = piece.trim();
    const angle = /^([\s\S]*?)<([^<>]*)>\s*$/.exec(trimmed);
    if (angle) return [{ name: unquoted((angle[1] as string).trim()), address: (angle[2] as string).trim() }];
    return trimmed ? [{ name: '', address: trimmed }] : [];
  });
}

/** Splits at commas outside of quotes and brackets; a group's name and its semicolon fall away (RFC 5322, 3.4). */
function pieces(text: string): string[] {
  const list: string[] = [];
  let piece = '';
  let isQuoted = false;
  let isBracketed = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (isQuoted && character === '\\') {
      piece += character + (text[++at] ?? '');
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === '<') isBracketed = true;
    else if (!isQuoted && character === '>') isBracketed = false;
    else if (!isQuoted && !isBracketed && character === ':') {
      piece = '';
      continue;
    } else if (!isQuoted && !isBracketed && (character === ',' || character === ';')) {
      list.push(piece);
      piece = '';
      continue;
    }
    piece += character;
  }
  return [...list, piece];
}

function unquoted(name: string): string {
  return name.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replaceAll(/\\(.)/g, '$1'));
}
