import type { AddressPolicy } from '../network/guard-address.ts';

/** Where webhooks may go. */
export interface WebhookPolicy {
  /** For development: `http` and loopback targets too. Only while the server is bound to loopback and delivers nothing outside. */
  allow_insecure: boolean;
  /** Networks (CIDR) that are allowed besides the public internet. */
  allowed_networks: readonly string[];
  resolve: Resolve;
}

/** Every address of a name. Rejects when there is none. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export interface ResolvedAddress {
  address: string;
  /** 4 or 6. */
  family: number;
}

export function addressPolicy({
  allow_insecure,
  allowed_networks,
}: Pick<WebhookPolicy, 'allow_insecure' | 'allowed_networks'>): AddressPolicy {
  return { allow_loopback: allow_insecure, allowed_networks };
}
