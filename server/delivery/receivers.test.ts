import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseReceivers, receiverOf } from './receivers.ts';

const shipped = parseReceivers(readFileSync(new URL('receivers.json', import.meta.url), 'utf8'));

describe('the table that ships', () => {
  test.each([
    ['google', ['aspmx.l.google.com', 'alt1.aspmx.l.google.com']],
    ['google', ['gmail-smtp-in.l.google.com']],
    ['microsoft-365', ['acme-com.mail.protection.outlook.com']],
    ['outlook.com', ['outlook-com.olc.protection.outlook.com']],
    ['yahoo', ['mta5.am0.yahoodns.net']],
    ['apple', ['mx01.mail.icloud.com']],
  ])('knows %s by %s', (name, hosts) => {
    expect(receiverOf(shipped, hosts).name).toBe(name);
  });

  test('takes others each for itself, with the default limits', () => {
    expect(receiverOf(shipped, ['mx1.acme.example', 'mx2.acme.example'])).toEqual({
      name: 'mx1.acme.example mx2.acme.example',
      connections: 5,
      messages_per_connection: 50,
    });
    expect(receiverOf(shipped, ['google.com.evil.example']).name).toBe('google.com.evil.example');
  });
});

describe('a table is refused', () => {
  const fine = { connections: 1, messages_per_connection: 1 };
  test.each<[string, unknown, RegExp]>([
    ['without a default', { receivers: [] }, /default/],
    ['without receivers', { default: fine }, /receivers/],
    ['with no connections', { default: { ...fine, connections: 0 }, receivers: [] }, /default: `connections`/],
    [
      'with half a message',
      { default: fine, receivers: [{ ...fine, name: 'a', mx: ['a'], messages_per_connection: 0.5 }] },
      /receivers\[0\]/,
    ],
    ['without a name', { default: fine, receivers: [{ ...fine, mx: ['a'] }] }, /receivers\[0\]: has no `name`/],
    [
      'with hosts in capitals',
      { default: fine, receivers: [{ ...fine, name: 'a', mx: ['MX.example'] }] },
      /lower case/,
    ],
  ])('%s', (_name, table, says) => {
    expect(() => parseReceivers(JSON.stringify(table))).toThrow(says);
  });
});
