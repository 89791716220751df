import { createPrivateKey, type KeyObject } from 'node:crypto';
import { domainOf } from '../mail/address.ts';
import type { DkimSigner } from '../mail/dkim/signature.ts';
import type { DomainDirectory, SigningKey } from '../store/domain-directory.ts';
import type { Seal } from '../store/seal.ts';

export interface SignerDeps {
  directory: DomainDirectory;
  seal: Pick<Seal, 'open'>;
}

/** Who signs mail of the tenant from that address; undefined when no verified domain of the tenant's answers for it. */
export type SignerOf = (tenant_id: string, from_address: string) => Promise<DkimSigner | undefined>;

/** Keys that are kept ready: reading one costs more than a signature's share of the event loop. */
const MAX_READY = 1_000;

export function createSignerOf({ directory, seal }: SignerDeps): SignerOf {
  const ready = new Map<string, KeyObject>();

  function open({ id, private_key }: SigningKey): KeyObject {
    const known = ready.get(id);
    if (known) return known;
    const key = createPrivateKey(seal.open(private_key));
    if (ready.size >= MAX_READY) ready.clear();
    ready.set(id, key);
    return key;
  }

  return async (tenant_id, from_address) => {
    const found = directory.find(tenant_id, domainOf(from_address));
    const domain = found instanceof Promise ? await found : found;
    const key = domain?.keys[0];
    return key && { domain: domain.name, selector: key.selector, private_key: open(key) };
  };
}
