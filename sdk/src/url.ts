/**
 * One path parameter, escaped. Empty and dot segments would name another resource (RFC 3986, 5.2.4), so they are
 * refused rather than sent.
 */
export function segment(value: string): string {
  if (typeof value !== 'string' || /^\.{0,2}$/.test(value)) {
    throw new TypeError(`${JSON.stringify(value)} cannot be part of a path`);
  }
  return encodeURIComponent(value);
}

/** A query string with its question mark, or nothing. A list repeats its name; what is undefined or null is left out. */
export function queryString(query: object): string {
  let text = '';
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === undefined || item === null) continue;
      text += `${text ? '&' : '?'}${encodeURIComponent(name)}=${encodeURIComponent(String(item).toWellFormed())}`;
    }
  }
  return text;
}
