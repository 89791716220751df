import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, givenClock } from '../support/clock.ts';
import { doors } from '../support/doors.ts';
import { serverTest } from '../support/host.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { startSmarthost } from '../support/smarthost.ts';
import { until } from '../support/until.ts';

let clock: Clock;
let koltrix: Installation;
beforeAll(async () => {
  clock = givenClock();
  koltrix = await givenKoltrix({ now: clock.now });
});
afterAll(() => koltrix[Symbol.asyncDispose]());

describe('an address that is suppressed between accept and delivery', () => {
  // The mock has no smarthost.
  serverTest('is not mailed: neither when the message has yet to be tried, nor when it is tried again', async () => {
    await using smarthost = await startSmarthost();
    await using relaying = await givenKoltrix({ env: { KOLTRIX_DELIVERY: smarthost.url } });
    const acme = await relaying.tenant();
    const mail = { from: 'hello@acme.example', subject: 'Hello', body_text: 'Hello there' };
    smarthost.behave = ({ stage }) => (stage === 'message' ? '451 4.3.0 Not yet' : undefined);
    const again = await acme.koltrix.emails.send({ ...mail, to: ['again@example.test'] });
    await until(async () => (await acme.events('email.delivery_delayed'))[0]);
    smarthost.behave = () => undefined;
    await relaying.stopWorker();
    const first = await acme.koltrix.emails.send({ ...mail, to: ['first@example.test', 'free@example.test'] });
    await acme.suppress('first@example.test');
    await acme.suppress('again@example.test');
    await makeDue(relaying, acme);
    await relaying.startWorker();
    expect((await acme.settled(first.id)).messages.map(({ status }) => status)).toEqual(['suppressed', 'sent']);
    const [message] = (await acme.settled(again.id)).messages;
    expect(message).toMatchObject({ status: 'suppressed', attempts: 1, next_attempt_at: null });
    const events = await acme.events('email.suppressed');
    expect(events.map(({ data }) => data.recipient).toSorted()).toEqual(['again@example.test', 'first@example.test']);
    expect(events[0]?.data).toMatchObject({ suppression: { reason: 'manual', expires_at: null } });
    expect(smarthost.received.map(({ rcpt_to }) => rcpt_to)).toEqual(['again@example.test', 'free@example.test']);
  });

  test('is mailed when it is suppressed for another topic, and not when for this one, or for this one and all', async () => {
    const acme = await koltrix.tenant();
    await koltrix.stopWorker();
    const mail = { from: 'hello@acme.example', subject: 'Hello', body_text: 'Hello there', unsubscribe: 'news' };
    const sent = await acme.koltrix.emails.send({
      ...mail,
      to: ['a@example.test', 'b@example.test', 'c@example.test'],
    });
    await acme.koltrix.suppressions.create({ address: 'a@example.test', topic: 'offers' });
    await acme.koltrix.suppressions.create({ address: 'b@example.test', topic: 'news' });
    await acme.koltrix.suppressions.create({ address: 'c@example.test', topic: 'news' });
    await acme.suppress('c@example.test');
    await koltrix.startWorker();
    const { messages } = await acme.settled(sent.id);
    expect(messages.map(({ status }) => status)).toEqual(['delivered', 'suppressed', 'suppressed']);
    expect(await acme.events('email.suppressed')).toHaveLength(2);
  });

  test('is mailed all the same once the suppression has run out or is lifted', async () => {
    const acme = await koltrix.tenant();
    await koltrix.stopWorker();
    const mail = { from: 'hello@acme.example', subject: 'Hello', body_text: 'Hello there' };
    const sent = await acme.koltrix.emails.send({ ...mail, to: ['lifted@example.test', 'short@example.test'] });
    await acme.suppress('lifted@example.test');
    const expires_at = new Date(clock.now().getTime() + 60_000).toISOString();
    await acme.koltrix.suppressions.create({ address: 'short@example.test', expires_at });
    await acme.koltrix.suppressions.delete('lifted@example.test');
    clock.advance({ seconds: 61 });
    await koltrix.startWorker();
    expect((await acme.settled(sent.id)).status).toBe('delivered');
    expect(await acme.captured()).toHaveLength(2);
  });
});

/** As if the time of the next try had come. */
async function makeDue({ database }: Installation, { id }: { id: string }): Promise<void> {
  await database.db.query({
    name: 'test.make_due',
    text: `update outbound_messages set due_at = now() where tenant_id = $1 and status = 'queued'`,
    values: [id],
  });
}

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
