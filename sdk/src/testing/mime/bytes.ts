/** Bytes as text with one character for each, so that text functions serve for both. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

export function bytesOf(latin: string): Uint8Array {
  return Uint8Array.from(latin, (character) => character.charCodeAt(0));
}

export const utf8 = (text: string) => new TextEncoder().encode(text);

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What is not base64 is skipped, as mail programs do (RFC 2045, 6.8). */
export function fromBase64(text: string): Uint8Array {
  const packed = text.replaceAll(/[^A-Za-z0-9+/]/g, '');
  return bytesOf(atob(packed.slice(0, packed.length - (packed.length % 4 === 1 ? 1 : 0))));
}

export const toBase64 = (bytes: Uint8Array) => btoa(latin1(bytes));

/** Unknown character sets are read as Latin-1, which takes every byte. */
export function decode(bytes: Uint8Array, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}
