import { describe, expect, test } from 'vitest';
import { behaviourOf } from './simulator.ts';

const REFUSED_FOR_GOOD = Number.POSITIVE_INFINITY;

describe('a simulated recipient', () => {
  test.each([
    ['delivered', null, 0, null],
    ['bounced', '550 5.1.1', REFUSED_FOR_GOOD, null],
    ['blocked', '554 5.7.1', REFUSED_FOR_GOOD, null],
    ['deferred', '451 4.2.1', 2, null],
    ['complained', null, 0, 'complaint'],
    ['async-bounced', null, 0, 'bounce'],
  ])('%s behaves as named, with any label and in any case', (name, reply, refusals, feedback) => {
    const spellings = [name, `${name}+order-17`, `${name}+a+b`, name.toUpperCase()];
    for (const address of spellings.flatMap((local) => [`${local}@simulator.test`, `${local}@Simulator.TEST`])) {
      const behaviour = behaviourOf(address);
      const refusal = behaviour?.refusal;
      expect(refusal ? `${refusal.code} ${refusal.enhanced_code}` : null, address).toBe(reply);
      expect(behaviour, address).toMatchObject({ refusals, feedback });
    }
  });

  test.each(['nobody', 'constructor', '__proto__', 'bounced-', '+delivered'])(
    'named %s is refused, and told which there are',
    (name) => {
      expect(behaviourOf(`${name}@simulator.test`)?.refusal).toEqual({
        code: 550,
        enhanced_code: '5.1.1',
        text: expect.stringContaining('delivered, bounced, blocked, deferred, complained, async-bounced'),
      });
    },
  );
});

test.each(['bounced@example.com', 'bounced@mail.simulator.test', 'bounced@simulator.test.example.com'])(
  '%s is no simulated recipient',
  (address) => {
    expect(behaviourOf(address)).toBeUndefined();
  },
);
