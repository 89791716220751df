/** What went wrong with a connection, by the code of its error. */
const words: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  ETIMEDOUT: 'the connection timed out',
  ENOTFOUND: 'the name could not be resolved',
  EAI_AGAIN: 'the name could not be resolved just now',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers are too large",
  UND_ERR_SOCKET: 'the connection was closed before an answer came',
  CERT_HAS_EXPIRED: 'TLS: the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS: the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS: the certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS: the certificate is signed by an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS: the certificate is for another name',
  EPROTO: 'TLS: the handshake failed',
};

/** Why no answer came, for the owner of the endpoint. */
export function wordsOf(error: unknown, timeout_ms: number): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return `no answer within ${timeout_ms / 1000} s`;
  const known = 'code' in error && typeof error.code === 'string' ? words[error.code] : undefined;
  return known ?? `no answer: ${cleanText(error.message).slice(0, 200)}`;
}

/** Text from outside without what would break a log line, a terminal or a database column. */
export function cleanText(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
