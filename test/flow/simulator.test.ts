import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doors } from '../support/doors.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

let smarthost: Smarthost;
let capture: Installation;
let relaying: Installation;
beforeAll(async () => {
  smarthost = await startSmarthost();
  capture = await givenKoltrix();
  relaying = await givenKoltrix({ env: { KOLTRIX_DELIVERY: smarthost.url } });
});
afterAll(async () => {
  await capture[Symbol.asyncDispose]();
  await relaying[Symbol.asyncDispose]();
  await smarthost[Symbol.asyncDispose]();
});

const modes = [
  { mode: 'capture', installation: () => capture },
  { mode: 'smarthost', installation: () => relaying },
];
const combinations = modes.flatMap(({ mode, installation }) =>
  doors.map(({ name, submit }) => ({ mode, name, installation, submit })),
);

// Its recipients take seconds to react: all of them wait together.
describe.concurrent.each(combinations)(
  'mail to the simulator by $name in the mode $mode',
  ({ installation, submit }) => {
    test('behaves as each address says, and never reaches the smarthost', { timeout: 120_000 }, async () => {
      const acme = await installation().tenant();
      const names = ['delivered', 'bounced', 'blocked', 'deferred', 'complained', 'async-bounced'];
      const id = await submit(acme, { to: names.map((name) => `${name}+label.${acme.id}@simulator.test`) });
      const settled = await until(
        async () => {
          const email = await acme.koltrix.emails.get(id);
          const states = Object.fromEntries(email.messages.map((m) => [m.recipient.split('+')[0], m]));
          const is_over = states.complained?.status === 'complained' && states['async-bounced']?.status === 'bounced';
          return is_over && states.deferred?.status === 'delivered' && states;
        },
        { timeout_ms: 90_000, every_ms: 200 },
      );
      expect(settled).toMatchObject({
        delivered: { status: 'delivered', attempts: 1, last_reply: { smtp_code: 250 } },
        bounced: { status: 'bounced', attempts: 1, last_reply: { smtp_code: 550, enhanced_code: '5.1.1' } },
        blocked: { status: 'bounced', attempts: 1, last_reply: { smtp_code: 554, enhanced_code: '5.7.1' } },
        deferred: { status: 'delivered', attempts: 3 },
        complained: { status: 'complained', attempts: 1 },
        'async-bounced': { status: 'bounced', attempts: 1, last_reply: { smtp_code: 550, enhanced_code: '5.1.1' } },
      });
      const events = await acme.events();
      const typesOf = (name: string) =>
        events.filter((e) => e.data.recipient.startsWith(`${name}+`)).map((e) => e.type.replace('email.', ''));
      expect(Object.fromEntries(names.map((name) => [name, typesOf(name)]))).toEqual({
        delivered: ['queued', 'sent', 'delivered'],
        bounced: ['queued', 'bounced'],
        blocked: ['queued', 'bounced'],
        deferred: ['queued', 'delivery_delayed', 'delivery_delayed', 'sent', 'delivered'],
        complained: ['queued', 'sent', 'delivered', 'complained'],
        'async-bounced': ['queued', 'sent', 'delivered', 'bounced'],
      });
      const suppressions = await Array.fromAsync(acme.koltrix.suppressions.list());
      const reasons = suppressions.map((s) => [s.address.split('+')[0], s.reason, s.expires_at === null]);
      expect(reasons.sort()).toEqual([
        ['async-bounced', 'hard', true],
        ['blocked', 'block', false],
        ['bounced', 'hard', true],
        ['complained', 'complaint', true],
      ]);
      const messages = Object.fromEntries(suppressions.map((s) => [s.address.split('+')[0], s.source_message_id]));
      expect(messages).toMatchObject({ complained: settled.complained?.id, bounced: settled.bounced?.id });
      expect((await acme.captured()).map((m) => m.rcpt_to.split('+')[0]).sort()).toEqual([
        'async-bounced',
        'complained',
        'deferred',
        'delivered',
      ]);
      expect(smarthost.connections).toBe(0);
    });
  },
);
