import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { hrefs, PUBLIC_URL, sendAndRead, visit as visitAt } from '../support/mailbox.ts';
import type { Tenant } from '../support/tenant.ts';

let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix({ env: { KOLTRIX_PUBLIC_URL: PUBLIC_URL } });
});
afterAll(() => koltrix[Symbol.asyncDispose]());
beforeAll(async () => {
  acme = await koltrix.tenant();
});

const send = (fields: Record<string, unknown>, tenant = acme) => sendAndRead(tenant, fields);
const visit = (url: string, init?: RequestInit) => visitAt(koltrix.url, url, init);
const eventsOf = async (email_id: string) =>
  (await acme.events()).filter((event) => event.data.email_id === email_id).map((event) => event.type);

describe('unsubscribing', () => {
  const urlIn = (headers: string) =>
    /^List-Unsubscribe: <([^>]+)>/m.exec(headers.replaceAll(/\r\n[ \t]+/g, ' '))?.[1] as string;

  test('with one click, as Gmail does: by POST, without cookies or redirects', async () => {
    const sent = await send({
      unsubscribe: true,
      body_text: 'Leave: {{unsubscribe_url}}',
      body_html: '<a href="{{ unsubscribe_url }}">leave</a>',
    });
    const url = urlIn(sent.headers);
    expect(sent.headers).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
    expect(sent.text).toContain(`Leave: ${url}`);
    expect(hrefs(sent.html)).toEqual([url]);
    const answer = await visit(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const [event] = (await acme.events('email.unsubscribed')).filter((e) => e.data.email_id === sent.email_id);
    expect(event).toMatchObject({ data: { unsubscribe: { method: 'one-click', topic: null } } });
    const address = event?.data.recipient as string;
    expect(await acme.koltrix.suppressions.get(address)).toMatchObject({
      ...{ reason: 'unsubscribe', topic: null, expires_at: null, source_message_id: sent.message_id },
    });
    const again = await acme.koltrix.emails.send({
      from: 'hello@acme.example',
      to: [address],
      subject: 'x',
      body_text: 'x',
    });
    expect(again.messages[0]?.status).toBe('suppressed');
    // A second click changes nothing.
    await visit(url, { method: 'POST', body: 'List-Unsubscribe=One-Click' });
    expect((await acme.events('email.unsubscribed')).filter((e) => e.data.email_id === sent.email_id)).toHaveLength(1);
  });

  test.each([
    [
      'a form in parts',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    ],
    [
      'a form of an unknown character set',
      'application/x-www-form-urlencoded; charset=x-none',
      'List-Unsubscribe=One-Click',
    ],
    ['a body that is called nothing', '', 'List-Unsubscribe=One-Click'],
  ])('with one click by %s (RFC 8058, 3.2)', async (_what, type, body) => {
    const { headers, email_id } = await send({ unsubscribe: true });
    const init = { method: 'POST', headers: { 'content-type': type }, body: Buffer.from(body) };
    expect((await visit(urlIn(headers), init)).status).toBe(200);
    const [event] = (await acme.events('email.unsubscribed')).filter((e) => e.data.email_id === email_id);
    expect(event).toMatchObject({ data: { unsubscribe: { method: 'one-click' } } });
  });

  test('a look at the link by HEAD, GET or OPTIONS changes nothing', async () => {
    const { headers, email_id } = await send({ unsubscribe: true });
    for (const method of ['HEAD', 'GET', 'OPTIONS']) await visit(urlIn(headers), { method });
    expect(await eventsOf(email_id)).not.toContain('email.unsubscribed');
  });

  test('by the page: looking changes nothing, the button does', async () => {
    const { headers, email_id } = await send({ unsubscribe: true });
    const page = await visit(urlIn(headers));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toContain('<form method="post">');
    expect(await eventsOf(email_id)).not.toContain('email.unsubscribed');
    const done = await visit(urlIn(headers), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'confirm=yes',
    });
    expect(await done.text()).toContain('unsubscribed');
    const [event] = (await acme.events('email.unsubscribed')).filter((e) => e.data.email_id === email_id);
    expect(event).toMatchObject({ data: { unsubscribe: { method: 'page' } } });
  });

  test('from one topic leaves the others', async () => {
    const { headers, email_id } = await send({ unsubscribe: 'newsletter' });
    await visit(urlIn(headers), { method: 'POST', body: 'List-Unsubscribe=One-Click' });
    const address = (await acme.koltrix.emails.get(email_id)).messages[0]?.recipient as string;
    expect(await acme.koltrix.suppressions.get(address, { topic: 'newsletter' })).toMatchObject({
      topic: 'newsletter',
    });
    await expect(acme.koltrix.suppressions.get(address)).rejects.toMatchObject({ status: 404 });
    const statusOf = async (unsubscribe: boolean | string) => {
      const { messages } = await acme.koltrix.emails.send({
        ...{ from: 'hello@acme.example', to: [address], subject: 'x', body_text: 'x', unsubscribe },
      });
      return messages[0]?.status;
    };
    expect(await Promise.all(['newsletter', 'receipts', true, false].map(statusOf))).toEqual([
      ...['suppressed', 'queued', 'queued', 'queued'],
    ]);
    await acme.koltrix.suppressions.delete(address, { topic: 'newsletter' });
    expect(await statusOf('newsletter')).toBe('queued');
  });

  test('cannot be asked for beside an own List-Unsubscribe', async () => {
    const sending = acme.koltrix.emails.send({
      ...{ from: 'hello@acme.example', to: ['ada@example.com'], subject: 'x', body_text: 'x', unsubscribe: true },
      headers: { 'List-Unsubscribe': '<mailto:leave@acme.example>' },
    });
    await expect(sending).rejects.toMatchObject({ status: 400, errors: [{ pointer: '/headers/List-Unsubscribe' }] });
  });

  test.each(['Newsletter', 'a b', '', '-x', 'x'.repeat(65)])('from the topic %j is refused', async (unsubscribe) => {
    const answer = await acme.fetch('/emails', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        from: 'a@acme.example',
        to: ['b@example.com'],
        subject: 'x',
        body_text: 'x',
        unsubscribe,
      }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: '/unsubscribe' }] });
  });
});
