import { expect, test } from 'vitest';
import { isSameFamily, type ScopedSource, sourcesFor } from './sources.ts';

const source = (address: string, scope?: string): ScopedSource => ({ address, helo_name: undefined, scope });
const all = [
  source('192.0.2.1'),
  source('192.0.2.2'),
  source('192.0.2.3', 'bulk'),
  source('192.0.2.4', 'ten_00000000000000000000000000'),
];
const sending = { tenant: 'ten_7zzzzzzzzzzzzzzzzzzzzzzzzz', bulk: false, last_source: null };
const addresses = (changes: Partial<typeof sending> | { last_source: string } = {}, random = () => 0.5) =>
  sourcesFor(all, { ...sending, ...changes }, random).map((s) => s.address);

test('the narrowest scope decides: a tenant’s own, its class’s, those for all', () => {
  expect(addresses({ tenant: 'ten_00000000000000000000000000', bulk: true })).toEqual(['192.0.2.4']);
  expect(addresses({ bulk: true })).toEqual(['192.0.2.3']);
  expect(addresses()).toEqual(['192.0.2.1', '192.0.2.2']);
});

test('chance decides among several, but the address of the last try comes first', () => {
  const numbers = [0.9, 0.1];
  expect(addresses({}, () => numbers.shift() ?? 0)).toEqual(['192.0.2.2', '192.0.2.1']);
  for (const last_source of ['192.0.2.1', '192.0.2.2'])
    expect(addresses({ last_source }, () => 0)[0]).toBe(last_source);
});

test('an address that is no longer among them is no choice', () => {
  expect(addresses({ last_source: '192.0.2.99' })).toHaveLength(2);
  expect(sourcesFor([], sending, () => 0)).toEqual([]);
});

test('IPv4 speaks to IPv4, IPv6 to IPv6', () => {
  expect(isSameFamily(source('192.0.2.1'), '198.51.100.1')).toBe(true);
  expect(isSameFamily(source('2001:db8::1'), '198.51.100.1')).toBe(false);
  expect(isSameFamily(source('2001:db8::1'), '2001:db8::2')).toBe(true);
});
