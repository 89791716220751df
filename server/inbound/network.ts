import ipaddr from 'ipaddr.js';

/** Whose an address is, for limits. Whoever has one IPv6 address has 2^64 of them. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const ip = ipaddr.process(address);
  return ip.kind() === 'ipv4' ? ip.toString() : ip.toNormalizedString().split(':').slice(0, 4).join(':');
}
