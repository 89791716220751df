import { describe, expect, test } from 'vitest';
import type { DkimKeyRow } from '../store/dkim-keys.sql.ts';
import type { DomainRow } from '../store/domains.sql.ts';
import { GRACE_MS, progress, RETIREMENT_MS } from './progress.ts';

const HOUR_MS = 3_600_000;
const start = new Date('2026-11-22T08:00:00Z');
const later = (ms: number) => new Date(start.getTime() + ms);

const domain = (changes: Partial<DomainRow> = {}): DomainRow => ({
  id: 'd',
  tenant_id: 't',
  name: 'acme.example',
  status: 'pending',
  verified_at: null,
  failing_since: null,
  checked_at: null,
  due_at: start,
  created_at: start,
  track_opens: null,
  track_clicks: null,
  ...changes,
});
const verified = (changes: Partial<DomainRow> = {}) => domain({ status: 'verified', verified_at: start, ...changes });
const key = (id: string, changes: Partial<DkimKeyRow> = {}): DkimKeyRow => ({
  id,
  domain_id: 'd',
  tenant_id: 't',
  selector: id,
  public_key: 'p',
  created_at: start,
  verified_at: null,
  retires_at: null,
  ...changes,
});
const seen = (id: string, changes: Partial<DkimKeyRow> = {}) => key(id, { verified_at: start, ...changes });

type State = 'pending' | 'verified' | 'failed' | 'unknown';
const look = (row: DomainRow, keys: DkimKeyRow[], states: Record<string, State>, at: Date) =>
  progress(row, keys, ({ id }) => states[id] as State, Object.values(states).includes('unknown'), at);

describe('a domain', () => {
  test('is verified when its key is seen, and stays so since then', () => {
    const first = look(domain(), [key('1')], { 1: 'verified' }, later(1_000));
    expect(first.domain).toMatchObject({ status: 'verified', verified_at: later(1_000), failing_since: null });
    expect(first.keys[0]?.verified_at).toEqual(later(1_000));
    const second = look(first.domain, first.keys, { 1: 'verified' }, later(HOUR_MS));
    expect(second.domain).toMatchObject({ status: 'verified', verified_at: later(1_000) });
  });

  test.each(['pending', 'failed'] as const)('that is not proven (%s) waits for 72 hours, then has failed', (state) => {
    const at = (ms: number) => look(domain(), [key('1')], { 1: state }, later(ms)).domain.status;
    expect([at(0), at(GRACE_MS - 1), at(GRACE_MS)]).toEqual(['pending', 'pending', 'failed']);
  });

  test('does not fail for want of an answer, however long', () => {
    expect(look(domain(), [key('1')], { 1: 'unknown' }, later(10 * GRACE_MS)).domain.status).toBe('pending');
    const failing = verified({ failing_since: start });
    expect(look(failing, [seen('1')], { 1: 'unknown' }, later(10 * GRACE_MS)).domain).toMatchObject({
      status: 'verified',
      failing_since: start,
    });
  });

  test('whose record disappears has 72 hours, which end with the record’s return', () => {
    const lost = look(verified(), [seen('1')], { 1: 'failed' }, later(HOUR_MS)).domain;
    expect(lost).toMatchObject({ status: 'verified', failing_since: later(HOUR_MS) });
    expect(look(lost, [seen('1')], { 1: 'failed' }, later(2 * HOUR_MS)).domain.failing_since).toEqual(later(HOUR_MS));
    expect(look(lost, [seen('1')], { 1: 'verified' }, later(2 * HOUR_MS)).domain.failing_since).toBeNull();
    const over = look(lost, [seen('1')], { 1: 'failed' }, later(HOUR_MS + GRACE_MS)).domain;
    expect(over).toMatchObject({ status: 'failed', verified_at: null, failing_since: null });
    expect(look(over, [seen('1')], { 1: 'verified' }, later(9 * GRACE_MS)).domain.status).toBe('verified');
  });
});

describe('a new key', () => {
  test('does not sign, and takes nothing from the old one, before it is seen', () => {
    const after = look(verified(), [key('2'), seen('1')], { 2: 'pending', 1: 'verified' }, later(HOUR_MS));
    expect(after.keys).toMatchObject([{ verified_at: null, retires_at: null }, { retires_at: null }]);
    expect(after.domain.status).toBe('verified');
  });

  test('that was never seen does not excuse the loss of the old one', () => {
    const { domain: row } = look(verified(), [key('2'), seen('1')], { 2: 'unknown', 1: 'failed' }, later(1));
    expect(row.failing_since).toEqual(later(1));
  });

  test('sends the old one into a retirement of seven days, at the end of which that is destroyed', () => {
    const first = look(verified(), [key('2'), seen('1')], { 2: 'verified', 1: 'verified' }, later(1));
    expect(first.keys).toMatchObject([{ retires_at: null }, { retires_at: later(1 + RETIREMENT_MS) }]);
    const before = look(first.domain, first.keys, { 2: 'verified', 1: 'verified' }, later(RETIREMENT_MS));
    expect(before.retired).toEqual([]);
    const after = look(first.domain, first.keys, { 2: 'verified', 1: 'verified' }, later(1 + RETIREMENT_MS));
    expect(after.retired.map(({ id }) => id)).toEqual(['1']);
    expect(after.keys.map(({ id }) => id)).toEqual(['2']);
  });

  test('that disappears again keeps the old one from being destroyed', () => {
    const keys = [seen('2'), seen('1', { retires_at: start })];
    const after = look(verified(), keys, { 2: 'failed', 1: 'verified' }, later(RETIREMENT_MS));
    expect(after.retired).toEqual([]);
    expect(after.domain).toMatchObject({ status: 'verified', failing_since: null });
  });
});

describe('the next look', () => {
  const wait_ms = (row: DomainRow, keys: DkimKeyRow[], states: Record<string, State>, at: Date) =>
    look(row, keys, states, at).domain.due_at.getTime() - at.getTime();

  test.each<[string, number, () => number]>([
    ['a minute for a new domain', 60_000, () => wait_ms(domain(), [key('1')], { 1: 'pending' }, later(60_000))],
    ['ten minutes after an hour', 600_000, () => wait_ms(domain(), [key('1')], { 1: 'pending' }, later(HOUR_MS))],
    ['an hour after a day', HOUR_MS, () => wait_ms(domain(), [key('1')], { 1: 'pending' }, later(24 * HOUR_MS))],
    ['a day for what has failed', 24 * HOUR_MS, () => wait_ms(domain(), [key('1')], { 1: 'pending' }, later(GRACE_MS))],
    [
      'six hours for what is verified',
      6 * HOUR_MS,
      () => wait_ms(verified(), [seen('1')], { 1: 'verified' }, later(1)),
    ],
    [
      'a quarter of an hour for what is lost',
      900_000,
      () => wait_ms(verified(), [seen('1')], { 1: 'failed' }, later(1)),
    ],
    ['five minutes without an answer', 300_000, () => wait_ms(verified(), [seen('1')], { 1: 'unknown' }, later(1))],
    [
      'a minute for a new key',
      60_000,
      () =>
        wait_ms(
          verified(),
          [key('2', { created_at: later(9 * HOUR_MS) }), seen('1')],
          { 2: 'pending', 1: 'verified' },
          later(9 * HOUR_MS + 1),
        ),
    ],
    [
      'until a key’s end, when that is sooner',
      HOUR_MS,
      () =>
        wait_ms(
          verified(),
          [seen('2'), seen('1', { retires_at: later(2 * HOUR_MS) })],
          { 2: 'verified', 1: 'verified' },
          later(HOUR_MS),
        ),
    ],
  ])('is after %s', (_, expected, actual) => {
    expect(actual()).toBe(expected);
  });
});
