import type { TokenClaim, Tokens } from './token.ts';

/** The address that reports on this message come back to (VERP): the token says which message it was. */
export function returnPath(tokens: Pick<Tokens, 'sign'>, message_id: string, host: string): string {
  return `b+${tokens.sign('verp', message_id)}@${host}`;
}

/** The address that takes this recipient off by mail, for `List-Unsubscribe: <mailto:…>`. */
export function unsubscribeAddress(tokens: Pick<Tokens, 'sign'>, message_id: string, host: string): string {
  return `u+${tokens.sign('unsubscribe', message_id)}@${host}`;
}

export interface SignedAddress {
  kind: 'return-path' | 'unsubscribe';
  claim: TokenClaim;
}

/** What a local part as above stands for; undefined when it is none, or was not signed here. */
export function readSignedAddress(tokens: Pick<Tokens, 'read'>, local_part: string): SignedAddress | undefined {
  const [, prefix, token = ''] = /^([bu])\+([0-9a-z]+)$/i.exec(local_part) ?? [];
  if (!prefix) return undefined;
  const kind = prefix.toLowerCase() === 'b' ? 'return-path' : 'unsubscribe';
  const claim = tokens.read(kind === 'return-path' ? 'verp' : 'unsubscribe', token);
  return claim && { kind, claim };
}
