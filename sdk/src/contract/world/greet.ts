import { CannotCheck } from '../options.ts';
import type { Operation } from '../spec/contract.ts';
import type { Exchange } from './client.ts';
import type { Run } from './run-state.ts';

/** Where requests go: the deployment's address, given with or without the contract's own path. */
export function baseUrlOf(given: string, base_path: string): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new CannotCheck(`${given} is no http or https URL.`);
  }
  const bare = given.replace(/\/+$/, '');
  return bare.endsWith(base_path) ? bare : bare + base_path;
}

/** Is a Koltrix there, is the key good, and may it do what is to be checked? Where not, every check would fail for one reason. */
export async function greet({ contract, client, base_url }: Run, chosen: readonly Operation[]): Promise<void> {
  const operation = contract.operations.find(
    ({ scope, method, path }) => scope === 'any' && method === 'GET' && !path.includes('{'),
  );
  if (!operation) return;
  const exchange = await client.send({ operation, method: operation.method, path: operation.path });
  const { status, headers, json } = exchange;
  if (status === 0) throw new CannotCheck(`The deployment cannot be reached: ${inWords(exchange)}`);
  if (status === 401) throw new CannotCheck('The deployment refuses the key.');
  const place = `${operation.method} ${base_url}${operation.path} is answered ${status}`;
  if (status >= 300 && status < 400) {
    throw new CannotCheck(`${place} and redirects to ${headers.get('location')}: name that address (--base-url).`);
  }
  if (status === 404 || status === 405 || (status < 300 && json === undefined)) {
    throw new CannotCheck(`There is no Koltrix here: ${place}. Is the address right (--base-url)?`);
  }
  mayBeChecked(chosen, exchange);
}

/** The key's own scope, where the answer tells it. */
function mayBeChecked(chosen: readonly Operation[], { json }: Exchange): void {
  const { scope } = (json ?? {}) as { scope?: unknown };
  if (scope === 'full' || typeof scope !== 'string') return;
  const beyond = chosen.filter(({ open, scope: wanted }) => !open && wanted && wanted !== 'any' && wanted !== scope);
  const [first] = beyond;
  if (!first) return;
  throw new CannotCheck(
    `The key has the scope ${scope}, and ${beyond.length} of ${chosen.length} operations want another, ${first.id} for one: ` +
      'pass a key of full scope, or choose others (--only).',
  );
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there (ECONNREFUSED)',
  ENOTFOUND: 'there is no such host (ENOTFOUND)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS; is it http rather than https?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers there does not speak TLS; is it http rather than https?',
  UND_ERR_SOCKET: 'the connection was closed without an answer; is it https rather than http?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; name the authority by NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an unknown authority; name that by NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an unknown authority; name that by NODE_EXTRA_CA_CERTS',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

/** The runtimes name the reason by a code. */
function inWords({ failure, failure_code }: Exchange): string {
  return (failure_code && reasons[failure_code]) || failure || 'no answer';
}
