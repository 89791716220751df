/** The formats of the house, independent of the server's own reading of them. */
export const formats = {
  // Answers give times in UTC; RFC 3339 would allow more.
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  uri: (text: string) => URL.canParse(text),
  address: /^[^\s@]+@[^@\s]+$/u,
  mailbox: /^(.*<[^\s@<>]+@[^@\s<>]+>|[^\s@<>]+@[^@\s<>]+)$/u,
  'header-text': /^[^\r\n\0]*$/,
  'base64-content': /^[A-Za-z0-9+/]*={0,2}$/,
  'content-type': /^[\w.+-]+\/[\w.+-]+/,
  'content-id': /^[!-;=?-~]{1,255}$/,
  hostname: /^([a-z0-9_-]+\.)+[a-z0-9-]+$/i,
  'idn-hostname': /^([^\s.]+\.)+[^\s.]+$/,
  binary: true,
} as const;

/** Values that have no claim to a format. */
export const notOfFormat: Record<string, string> = {
  'date-time': 'yesterday',
  uri: 'no url',
  address: 'no address',
  mailbox: 'no address',
  'header-text': 'two\r\nX-Lines: 1',
  'base64-content': 'not base64!',
  'content-type': 'no type',
  'content-id': 'two words <',
  hostname: 'no host name',
  'idn-hostname': 'no host name',
};
