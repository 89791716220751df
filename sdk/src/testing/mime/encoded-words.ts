import { bytesOf, decode, fromBase64, toBase64, utf8 } from './bytes.ts';

const WORD = /=\?([\w-]+)(?:\*[\w-]+)?\?([bq])\?([^?\s]*)\?=/gi;

/** RFC 2047: what stands in a header, as people read it. */
export function decodeWords(text: string): string {
  return text
    .replaceAll(/(\?=)\s+(?==\?[\w-]+\?[bq]\?)/gi, '$1')
    .replaceAll(WORD, (_, charset: string, kind: string, content: string) =>
      decode(kind.toLowerCase() === 'b' ? fromBase64(content) : fromQ(content), charset),
    );
}

function fromQ(text: string): Uint8Array {
  const plain = text.replaceAll('_', ' ');
  return bytesOf(plain.replaceAll(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))));
}

/** Text for a header: as it is when it is plain ASCII, in words of RFC 2047 when it is not or would be taken for one. */
export function encodeWords(text: string): string {
  if (/^[\t -~]*$/.test(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let piece = '';
  for (const character of text) {
    if (utf8(piece + character).length > 42) {
      words.push(piece);
      piece = '';
    }
    piece += character;
  }
  words.push(piece);
  return words.map((word) => `=?UTF-8?B?${toBase64(utf8(word))}?=`).join(' ');
}
