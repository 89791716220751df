import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { fromUUID } from 'typeid-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenDatabase, rows, type TestDatabase } from '../../test/support/database.ts';
import { newId, readId, showId } from './ids.ts';

const prefixes = ['em', 'msg', 'evt', 'wh', 'whd', 'key', 'ten', 'tm', 'req'] as const;

test('an id is shown with its prefix and read again', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.constantFrom(...prefixes), fc.constantFrom(...prefixes), (uuid, prefix, other) => {
      const shown = showId(prefix, uuid);
      expect(shown).toMatch(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`));
      expect(shown).toBe(fromUUID(uuid, prefix));
      expect(showId(prefix, uuid.toUpperCase())).toBe(shown);
      expect(readId(prefix, shown)).toBe(uuid);
      if (other !== prefix) expect(readId(other, shown)).toBeUndefined();
    }),
  );
});

test.each([
  '',
  'em',
  'em_',
  'em_x',
  `em_${'z'.repeat(26)}`,
  `em_${'0'.repeat(25)}`,
  `em_${'0'.repeat(27)}`,
  `em_${'I'.repeat(26)}`,
  showId('em', newId()).toUpperCase(),
  showId('em', newId()).replace('em_', 'em_msg_'),
  randomUUID(),
])('%j is no id of an email', (text) => expect(readId('em', text)).toBeUndefined());

test('a new id is a UUIDv7 of now', () => {
  const before = Date.now();
  const id = newId();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

test('ids sort by the order in which they were made, shown or not', () => {
  const made = Array.from({ length: 5_000 }, newId);
  expect(made.toSorted()).toEqual(made);
  const shown = made.map((id) => showId('evt', id));
  expect(shown.toSorted()).toEqual(shown);
});

describe('an id that the database makes', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await givenDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('is a UUIDv7 of its time', async () => {
    const at = new Date('2026-11-22T08:00:00.123Z');
    const made = await rows<{ id: string }>(database.db, 'select new_id($1) as id from generate_series(1, 500)', [at]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(500);
    for (const { id } of made) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at.getTime());
    }
  });
});
