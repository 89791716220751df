import { isAscii } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';

let smarthost: Smarthost;
let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  smarthost = await startSmarthost({ extensions: [] });
  koltrix = await givenKoltrix({ env: { KOLTRIX_DELIVERY: `smtp://127.0.0.1:${smarthost.port}` } });
  acme = await koltrix.tenant();
});
afterAll(async () => {
  await smarthost[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});

const from = 'hello@acme.example';

describe('a smarthost that offers no extension', () => {
  test('gets composed mail in seven bits, whatever its language', async () => {
    const { id } = await acme.koltrix.emails.send({
      from: 'Grüße <hello@acme.example>',
      to: ['ada@example.test'],
      subject: 'Schöne Grüße',
      body_text: 'Übermorgen ☀️',
    });
    expect((await acme.settled(id)).status).toBe('sent');
    const received = smarthost.received.find(({ rcpt_to }) => rcpt_to === 'ada@example.test');
    expect(received && isAscii(received.message)).toBe(true);
  });

  test('gets no raw mail with 8-bit content: it fails, and the address is not blamed', async () => {
    const raw = `From: ${from}\r\nSubject: Hi\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nÜbermorgen\r\n`;
    const { id } = await acme.koltrix.emails.sendRaw(raw, { mail_from: from, rcpt_to: ['eight@example.test'] });
    expect((await acme.settled(id)).status).toBe('failed');
    const [event] = (await acme.events('email.failed')).filter(({ data }) => data.email_id === id);
    expect(event?.data).toMatchObject({
      failure: { reason: 'policy', diagnostic: expect.stringMatching(/5\.6\.3.*8BITMIME/) },
    });
    expect((await acme.koltrix.suppressions.list()).data).toEqual([]);
    expect(smarthost.received.some(({ rcpt_to }) => rcpt_to === 'eight@example.test')).toBe(false);
  });

  test('gets no mail to an address that is not ASCII: it fails, and the next message goes out', async () => {
    const { id } = await acme.koltrix.emails.send({
      from,
      to: ['ünïcode@example.test'],
      subject: 'Hi',
      body_text: 'Hi',
    });
    expect((await acme.settled(id)).status).toBe('failed');
    const [event] = (await acme.events('email.failed')).filter(({ data }) => data.email_id === id);
    expect(event?.data).toMatchObject({
      failure: { reason: 'policy', diagnostic: expect.stringMatching(/5\.6\.7.*SMTPUTF8/) },
    });
    const next = await acme.koltrix.emails.send({ from, to: ['bob@example.test'], subject: 'Hi', body_text: 'Hi' });
    expect((await acme.settled(next.id)).status).toBe('sent');
  });
});
