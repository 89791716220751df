import { describe, expect, test } from 'vitest';
import { QUICK_RETRIES, RETRIES } from './backoff.ts';
import { type DeliveryTarget, routeOf } from './route.ts';

const inbox = { host: '127.0.0.1', port: 1, secure: false, auth: undefined };
const smarthost = { host: 'smarthost.test', port: 587, secure: false, auth: { user: 'a', pass: 'b' } };
const targets: DeliveryTarget[] = [{ mode: 'capture' }, { mode: 'smarthost', server: smarthost }];

test('capture keeps all mail in the inbox, whose word is final, with quick retries', () => {
  expect(routeOf('ada@example.com', { mode: 'capture' }, inbox)).toEqual({
    server: inbox,
    is_final: true,
    schedule: QUICK_RETRIES,
  });
});

test('a smarthost gets all mail, and its word is not final', () => {
  expect(routeOf('ada@example.com', { mode: 'smarthost', server: smarthost }, inbox)).toEqual({
    server: smarthost,
    is_final: false,
    schedule: RETRIES,
  });
});

describe.each(targets)('in the mode $mode', (target) => {
  test.each(['delivered@simulator.test', 'Bounced+x@SIMULATOR.test', '"a@b"@simulator.test'])(
    'the simulator’s %s stays on the machine, with quick retries',
    (recipient) => {
      expect(routeOf(recipient, target, inbox)).toEqual({ server: inbox, is_final: true, schedule: QUICK_RETRIES });
    },
  );

  test.each(['delivered@simulator.test.example.com', 'delivered@not-simulator.test', 'a@mail.simulator.test'])(
    '%s is not the simulator’s',
    (recipient) => {
      expect(routeOf(recipient, target, inbox)).toEqual(routeOf('ada@example.com', target, inbox));
    },
  );
});
