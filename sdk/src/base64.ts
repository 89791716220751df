/** `String.fromCharCode` takes its characters as arguments, of which there may be only so many. */
const CHUNK = 0x8000;

/** Standard base64 (RFC 4648, 4). */
export function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}
