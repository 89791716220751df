import { describe, expect, test } from 'vitest';
import { faultOfAddress } from './guard-address.ts';

const strict = { allow_loopback: false, allowed_networks: [] };

describe('an address of the public internet is allowed', () => {
  test.each([
    '93.184.215.14',
    '8.8.8.8',
    '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:0808:0808::1',
  ])('%s', (address) => {
    expect(faultOfAddress(address, strict)).toBeUndefined();
  });
});

describe('any other address is refused', () => {
  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback, elsewhere', '127.255.255.254'],
    ['this network', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['link-local, where clouds keep credentials', '169.254.169.254'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['protocol assignments', '192.0.0.170'],
    ['documentation', '192.0.2.1'],
    ['documentation', '203.0.113.9'],
    ['benchmarking', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['IPv6 loopback', '::1'],
    ['IPv6 unspecified', '::'],
    ['IPv6 link-local', 'fe80::1'],
    ['IPv6 link-local with a zone', 'fe80::1%eth0'],
    ['IPv6 site-local, deprecated', 'fec0::1'],
    ['IPv6 unique local', 'fd00:ec2::254'],
    ['IPv6 multicast', 'ff02::1'],
    ['IPv6 documentation', '2001:db8::1'],
    ['IPv6 discard-only', '100::1'],
    ['IPv4 in IPv6, mapped', '::ffff:127.0.0.1'],
    ['IPv4 in IPv6, mapped, in hexadecimal', '::ffff:a9fe:a9fe'],
    ['IPv4 in IPv6, compatible (deprecated)', '::127.0.0.1'],
    ['IPv4 in IPv6, translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of a private address', '64:ff9b::10.0.0.1'],
    ['NAT64 of the local prefix', '64:ff9b:1::1'],
    ['6to4 of a private address', '2002:c0a8:0101::1'],
    ['Teredo of a private client', '2001:0:4136:e378:8000:63bf:3f57:fefe'],
    ['Teredo of a private server', '2001:0:a00:1:8000:63bf:3fff:fdd2'],
    ['no address at all', 'localhost'],
    ['no address at all', ''],
  ])('%s: %s', (_what, address) => {
    expect(faultOfAddress(address, strict)).toMatch(/is not (a public|an IP) address/);
  });
});

test('loopback is allowed in development, and nothing else is', () => {
  const development = { allow_loopback: true, allowed_networks: [] };
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    expect(faultOfAddress(address, development)).toBeUndefined();
  }
  for (const address of ['10.0.0.1', '169.254.169.254', '::ffff:10.0.0.1', 'fd00::1', '0.0.0.0']) {
    expect(faultOfAddress(address, development)).toBeDefined();
  }
});

test('networks allowed by configuration are allowed, in either notation, and their neighbours are not', () => {
  const allowing = { allow_loopback: false, allowed_networks: ['10.1.0.0/16', 'fd12::/16'] };
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1'])
    expect(faultOfAddress(address, allowing)).toBeUndefined();
  for (const address of ['10.2.0.1', '127.0.0.1', 'fd13::1']) expect(faultOfAddress(address, allowing)).toBeDefined();
});
