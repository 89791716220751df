import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { EVERYTHING } from '../../test/support/smarthost.ts';
import { closePools, givenPool } from './pool.test-support.ts';

afterEach(closePools);

describe('a refusal', () => {
  test.each(['MAIL', 'RCPT', 'DATA', 'message'] as const)('at %s leaves the line ready for the next', async (stage) => {
    let refused = false;
    const { smarthost, send } = await givenPool({
      behave(step) {
        if (step.stage !== stage || refused) return undefined;
        refused = true;
        return '550-5.1.1 Nobody here\n550 5.1.1 by that name';
      },
    });
    const first = await send();
    expect(first).toMatchObject({ outcome: 'refused', reusable: true });
    expect(first.response).toBe('550-5.1.1 Nobody here\n550 5.1.1 by that name');
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.connections).toBe(1);
  });

  test.each(['MAIL', 'RCPT', 'DATA', 'message'] as const)(
    'at %s after which the server hangs up is still that refusal',
    async (stage) => {
      const { send } = await givenPool({
        extensions: ['DSN'],
        behave: (step) => (step.stage === stage ? { say: '554 5.7.1 Go away', and: 'close' } : undefined),
      });
      const result = await Promise.race([send(), sleep(30_000, 'never ended' as const)]);
      expect(result).toEqual({ outcome: 'refused', response: '554 5.7.1 Go away', reusable: false });
    },
  );

  test('whose RSET is answered by hanging up is still that refusal', async () => {
    const { send } = await givenPool({
      behave({ stage }) {
        if (stage === 'RCPT') return '550 5.1.1 Nobody';
        return stage === 'RSET' ? { and: 'close' } : undefined;
      },
    });
    const result = await Promise.race([send(), sleep(30_000, 'never ended' as const)]);
    expect(result).toEqual({ outcome: 'refused', response: '550 5.1.1 Nobody', reusable: false });
  });

  test.each(['MAIL', 'RCPT', 'DATA', 'message'] as const)('of 421 at %s ends the line', async (stage) => {
    for (const extensions of [EVERYTHING, ['DSN']]) {
      const { send } = await givenPool({
        extensions,
        behave: (step) => (step.stage === stage ? { say: '421 4.7.0 Slow down', and: 'close' } : undefined),
      });
      expect(await send()).toMatchObject({ outcome: 'refused', response: '421 4.7.0 Slow down', reusable: false });
    }
  });

  test('comes from the announced SIZE when the message is larger, and costs neither a command nor the line', async () => {
    const { smarthost, send } = await givenPool({ extensions: ['SIZE 1000'] });
    const result = await send({ message: Buffer.alloc(2_000, 'a') });
    expect(result).toMatchObject({ outcome: 'refused', reusable: true });
    expect(result.response).toMatch(/^552 5\.3\.4 /);
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(smarthost.connections).toBe(1);
  });

  test('comes from us when the address cannot be written in an envelope', async () => {
    const { send } = await givenPool();
    const result = await send({ rcpt_to: '"a<b"@example.test' });
    expect(result).toMatchObject({ outcome: 'refused', reusable: true });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a connection that breaks', () => {
  test.each(['MAIL', 'RCPT', 'DATA'] as const)('at %s has not taken the message', async (stage) => {
    const { send } = await givenPool({
      extensions: ['DSN'],
      behave: (step) => (step.stage === stage ? { and: 'close' } : undefined),
    });
    expect(await send()).toMatchObject({ outcome: 'unreachable', reusable: false });
  });

  test('after the final dot may have taken the message', async () => {
    for (const extensions of [EVERYTHING, []]) {
      const { send } = await givenPool({
        extensions,
        behave: ({ stage }) => (stage === 'message' ? { and: 'close' } : undefined),
      });
      expect(await send()).toMatchObject({ outcome: 'uncertain', reusable: false });
    }
  });
});
