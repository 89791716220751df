import ipaddr from 'ipaddr.js';

/** Where connections that strangers ask for may go besides the public internet. */
export interface AddressPolicy {
  allow_loopback: boolean;
  /** CIDR. */
  allowed_networks: readonly string[];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Why no connection must go to this IP address, in words; undefined when it may. */
export function faultOfAddress(text: string, policy: AddressPolicy): string | undefined {
  if (!ipaddr.isValid(text)) return `${text} is not an IP address`;
  return isAllowed(ipaddr.parse(text), policy) ? undefined : `${text} is not a public address`;
}

function isAllowed(address: Address, policy: AddressPolicy): boolean {
  if (policy.allowed_networks.some((network) => isWithin(address, network))) return true;
  const carried = carriedBy(address);
  if (carried.length) return carried.every((inner) => isAllowed(inner, policy));
  const range = address.range();
  return (range === 'unicast' && isGlobal(address)) || (range === 'loopback' && policy.allow_loopback);
}

function isWithin(address: Address, network: string): boolean {
  const [base, bits] = ipaddr.parseCIDR(network);
  return base.kind() === address.kind() && address.match(base, bits);
}

/** IPv6 hands out unicast addresses from 2000::/3 alone (RFC 4291, 2.4); what lies elsewhere is old or not assigned. */
const GLOBAL_IPV6 = ipaddr.IPv6.parse('2000::');

function isGlobal(address: Address): boolean {
  return address.kind() === 'ipv4' || address.match(GLOBAL_IPV6, 3);
}

const MAPPED = ipaddr.IPv6.parse('::ffff:0:0');
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');
const SIX_TO_FOUR = ipaddr.IPv6.parse('2002::');
const TEREDO = ipaddr.IPv6.parse('2001::');

/** The IPv4 addresses where a packet to this IPv6 address may really end. */
function carriedBy(address: Address): ipaddr.IPv4[] {
  if (!(address instanceof ipaddr.IPv6)) return [];
  const bytes = address.toByteArray();
  const at = (start: number) => new ipaddr.IPv4(bytes.slice(start, start + 4));
  // RFC 4291, 2.5.5.2; RFC 6052, 2.1.
  if (address.match(MAPPED, 96) || address.match(NAT64, 96)) return [at(12)];
  // RFC 3056, 2.
  if (address.match(SIX_TO_FOUR, 16)) return [at(2)];
  // RFC 4380, 4: the server, and the client with its bits inverted.
  if (address.match(TEREDO, 32)) return [at(4), new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff))];
  return [];
}
