import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doors } from '../support/doors.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

describe.each(doors)('a message arriving by $name', ({ submit }) => {
  test('skips a suppressed recipient, delivers to the rest, and says why', async () => {
    const acme = await koltrix.tenant();
    await acme.suppress('bob@example.test');
    const id = await submit(acme, { to: ['ada@example.test', 'Bob@example.test'], subject: 'Hello' });
    await acme.settled(id);
    expect((await acme.captured()).map((m) => m.rcpt_to)).toEqual(['ada@example.test']);
    const [event, ...more] = await acme.events('email.suppressed');
    expect(more).toEqual([]);
    expect(event?.data).toMatchObject({
      recipient: 'Bob@example.test',
      suppression: { reason: 'manual', expires_at: null },
    });
  });

  test('is mailed again once the suppression is lifted', async () => {
    const acme = await koltrix.tenant();
    await acme.suppress('bob@example.test');
    await acme.koltrix.suppressions.delete('bob@example.test');
    await acme.settled(await submit(acme, { to: ['bob@example.test'] }));
    expect(await acme.captured('bob@example.test')).toHaveLength(1);
  });

  test('is not held up by another tenant’s suppression', async () => {
    const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
    await umbrella.suppress('bob@example.test');
    await acme.settled(await submit(acme, { to: ['bob@example.test'] }));
    expect(await acme.captured('bob@example.test')).toHaveLength(1);
  });

  test('suppresses an address that is refused for good, and is then refused itself', async () => {
    const acme = await koltrix.tenant();
    await acme.settled(await submit(acme, { to: ['bounced@simulator.test'] }));
    expect(await acme.koltrix.suppressions.get('bounced@simulator.test')).toMatchObject({
      reason: 'hard',
      expires_at: null,
    });
    const again = await acme.settled(await submit(acme, { to: ['bounced@simulator.test'], subject: 'Again' }));
    expect(again.status).toBe('suppressed');
    expect(await acme.events('email.bounced')).toHaveLength(1);
  });
});
