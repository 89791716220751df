import type { Document } from './spec/document.ts';

export interface ContractOptions {
  /** The bundled contract, as `koltrix/openapi.json` has it. */
  spec: unknown;
  /** Where the deployment is, without the path of the contract: `https://mail.acme.example`. */
  baseUrl: string;
  /** A key of full scope; with another one, the checks that need it are skipped. */
  key: string;
  /** A key of another tenant: it must see nothing of ours. */
  strangerKey?: string | undefined;
  /** The address that mail comes from, where the sender's domain must be verified. */
  from?: string | undefined;
  /** Ids of the operations to check; all when empty. */
  only?: readonly string[] | undefined;
  skip?: readonly string[] | undefined;
  /** Seconds after which no further check is begun. */
  maxDuration?: number | undefined;
  /** Requests in a second at most. */
  rate?: number | undefined;
  fetch?: typeof fetch | undefined;
  signal?: AbortSignal | undefined;
  /** Told before the checks of each operation. */
  onProgress?: ((operation: string, done: number, of: number) => void) | undefined;
}

/** The checks could not begin: the message is for the person who asked for them. */
export class CannotCheck extends Error {}

/** Throws a CannotCheck when it is no OpenAPI document of ours. */
export function asDocument(spec: unknown): Document {
  const { openapi, paths, info } = (spec ?? {}) as { openapi?: unknown; paths?: unknown; info?: { version?: unknown } };
  if (
    typeof openapi !== 'string' ||
    !openapi.startsWith('3.1') ||
    typeof paths !== 'object' ||
    typeof info?.version !== 'string'
  )
    throw new CannotCheck('The spec is no OpenAPI 3.1 document.');
  return spec as Document;
}
