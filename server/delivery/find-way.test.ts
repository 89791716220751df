import { describe, expect, test } from 'vitest';
import type { Lease } from '../store/outbound-leases.sql.ts';
import { QUICK_RETRIES, RETRIES } from './backoff.ts';
import { type DeliveryTarget, findWay } from './find-way.ts';
import { destinationOf } from './route.ts';

const inbox = destinationOf({ host: '127.0.0.1', port: 1, secure: false, auth: undefined }, 5);
const smarthost = destinationOf(
  { host: 'smarthost.test', port: 587, secure: false, auth: { user: 'a', pass: 'b' } },
  5,
);
const targets: DeliveryTarget[] = [{ mode: 'capture' }, { mode: 'smarthost', smarthost }];

const wayOf = (recipient: string, target: DeliveryTarget, away: Date | undefined = undefined) => {
  const deps = { target, inbox, transport: { awayUntil: () => away }, now: () => new Date() };
  return findWay(deps, { recipient } as Lease);
};

test('capture keeps all mail in the inbox, whose word is final', async () => {
  expect(await wayOf('ada@example.com', { mode: 'capture' })).toMatchObject({
    kind: 'send',
    route: { destination: inbox, is_final: true, schedule: QUICK_RETRIES },
  });
});

test('a smarthost gets all mail, and its word is not final', async () => {
  expect(await wayOf('ada@example.com', { mode: 'smarthost', smarthost })).toMatchObject({
    kind: 'send',
    route: { destination: smarthost, is_final: false, schedule: RETRIES },
  });
});

test('mail for a server that is away waits until it may be tried again', async () => {
  const until = new Date('2026-11-22T08:02:00Z');
  expect(await wayOf('ada@example.com', { mode: 'smarthost', smarthost }, until)).toEqual({
    kind: 'wait',
    until,
    reason: 'away',
  });
});

describe.each(targets)('in the mode $mode', (target) => {
  const others = target.mode === 'capture' ? inbox : smarthost;

  test.each(['delivered@simulator.test', 'Bounced+x@SIMULATOR.test', '"a@b"@simulator.test'])(
    'the simulator’s %s stays on the machine, with quick retries',
    async (recipient) => {
      expect(await wayOf(recipient, target)).toMatchObject({
        route: { destination: inbox, is_final: true, schedule: QUICK_RETRIES },
      });
    },
  );

  test.each(['delivered@simulator.test.example.com', 'delivered@not-simulator.test', 'a@mail.simulator.test'])(
    '%s is not the simulator’s',
    async (recipient) => {
      expect(await wayOf(recipient, target)).toMatchObject({ route: { destination: others } });
    },
  );
});
