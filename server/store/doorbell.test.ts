import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { hangDoorbell } from './doorbell.ts';
import { localHints } from './hints.ts';

const NEVER = 3_600_000;
const open = () => new AbortController().signal;

test('who waits is called by a hint', async () => {
  const hints = localHints();
  using doorbell = hangDoorbell(hints, 'due');
  const waiting = doorbell.wait(open(), NEVER);
  hints.give('due');
  await waiting;
});

test('a hint between two waits is not missed', async () => {
  const hints = localHints();
  using doorbell = hangDoorbell(hints, 'due');
  hints.give('due');
  await sleep(5);
  await doorbell.wait(open(), NEVER);
});

test('a burst of hints ends one wait, not the one after it', async () => {
  const hints = localHints();
  using doorbell = hangDoorbell(hints, 'due');
  const waiting = doorbell.wait(open(), NEVER);
  for (let i = 0; i < 3; i++) {
    hints.give('due');
    await sleep(1);
  }
  await waiting;
  const answer = await Promise.race([doorbell.wait(open(), NEVER).then(() => 'rung'), sleep(50, 'silent')]);
  expect(answer).toBe('silent');
});

test('without a hint the wait ends after its time, and at once when it is no longer wanted', async () => {
  using doorbell = hangDoorbell(localHints(), 'due');
  await doorbell.wait(open(), 5);
  const ends = new AbortController();
  const waiting = doorbell.wait(ends.signal, NEVER);
  ends.abort();
  await waiting;
  await doorbell.wait(ends.signal, NEVER);
});

test('a doorbell that has been taken down is not rung', async () => {
  const hints = localHints();
  const doorbell = hangDoorbell(hints, 'due');
  doorbell[Symbol.dispose]();
  const waiting = doorbell.wait(open(), NEVER).then(() => 'rung');
  hints.give('due');
  expect(await Promise.race([waiting, sleep(50, 'silent')])).toBe('silent');
});
