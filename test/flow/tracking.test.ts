import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import { rows } from '../support/database.ts';
import { holdTable } from '../support/held-table.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import {
  arrived,
  BROWSER,
  HTML,
  hrefs,
  PUBLIC_URL,
  pixelOf,
  sendAndRead,
  visit as visitAt,
} from '../support/mailbox.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';
import { givenWorld } from '../support/world.ts';

let koltrix: Installation;
let acme: Tenant;
givenWorld(async (stack) => {
  koltrix = stack.use(await givenKoltrix({ env: { KOLTRIX_PUBLIC_URL: PUBLIC_URL } }));
  acme = await koltrix.tenant();
});

const send = (fields: Record<string, unknown>, tenant = acme) => sendAndRead(tenant, fields);
const visit = (url: string, init?: RequestInit) => visitAt(koltrix.url, url, init);
const eventsOf = async (email_id: string) =>
  (await acme.events()).filter((event) => event.data.email_id === email_id).map((event) => event.type);
const messageOf = async (email_id: string) => (await acme.koltrix.emails.get(email_id)).messages[0];

describe('opens and clicks', () => {
  test('are counted, told by events, and lead to where the link led', async () => {
    const { email_id, html } = await send({ track_opens: true, track_clicks: true });
    expect(hrefs(html)).toHaveLength(2);

    const image = await visit(pixelOf(html) as string);
    expect(image.status).toBe(200);
    expect(image.headers.get('content-type')).toBe('image/gif');
    expect(image.headers.get('cache-control')).toBe('no-store');
    expect(image.headers.get('set-cookie')).toBeNull();
    expect(await messageOf(email_id)).toMatchObject({ status: 'opened', opens: 1, machine_opens: 0 });

    const click = await visit(hrefs(html)[0] as string);
    expect(click.status).toBe(302);
    expect(click.headers.get('location')).toBe('https://shop.example/a?x=1&y=2');
    expect(click.headers.get('set-cookie')).toBeNull();
    expect(await messageOf(email_id)).toMatchObject({ status: 'clicked', opens: 1, clicks: 1 });

    const told = (await acme.events()).filter((event) => event.data.email_id === email_id).slice(-2);
    expect(told).toMatchObject([
      { type: 'email.opened', data: { open: { machine: false, user_agent: BROWSER } } },
      { type: 'email.clicked', data: { click: { machine: false, url: 'https://shop.example/a?x=1&y=2' } } },
    ]);
  });

  test('by machines are counted apart and move no status', async () => {
    const { email_id, html } = await send({ track_opens: true, track_clicks: true });
    await visit(pixelOf(html) as string, { headers: { 'user-agent': 'Mozilla/5.0' } });
    await visit(pixelOf(html) as string, { method: 'HEAD' });
    await visit(hrefs(html)[0] as string, {
      headers: { 'user-agent': 'Mozilla/5.0 (compatible; BarracudaCentral/1.0)' },
    });
    expect(await messageOf(email_id)).toMatchObject({
      status: 'delivered',
      ...{ opens: 0, machine_opens: 2, clicks: 0, machine_clicks: 1 },
    });
    const [first] = await acme.events('email.opened').then((all) => all.filter((e) => e.data.email_id === email_id));
    expect(first).toMatchObject({ data: { open: { machine: true } } });
  });

  test('of a scanner that walks through all links are a machine’s after the first', async () => {
    const { email_id, html } = await send({ track_clicks: true });
    for (const href of hrefs(html)) await visit(href);
    expect(await messageOf(email_id)).toMatchObject({ clicks: 1, machine_clicks: 1 });
  });

  test('of Gmail’s proxy within seconds of the delivery are its own', async () => {
    const { email_id, html } = await send({ track_opens: true });
    await visit(pixelOf(html) as string, { headers: { 'user-agent': 'Mozilla/5.0 (via ggpht.com GoogleImageProxy)' } });
    expect(await messageOf(email_id)).toMatchObject({ machine_opens: 1, status: 'delivered' });
  });

  test('by many at once are all counted', async () => {
    const { email_id, html } = await send({ track_opens: true });
    await Promise.all(Array.from({ length: 60 }, () => visit(pixelOf(html) as string)));
    expect(await messageOf(email_id)).toMatchObject({ opens: 60, status: 'opened' });
    expect((await eventsOf(email_id)).filter((type) => type === 'email.opened')).toHaveLength(60);
  });

  test('never move a bounced message back', async () => {
    const { email_id, html } = await send({ track_opens: true });
    await rows(koltrix.database.db, `update outbound_messages set status = 'bounced' where status = 'delivered'`);
    await visit(pixelOf(html) as string);
    expect(await messageOf(email_id)).toMatchObject({ status: 'bounced', opens: 1 });
  });

  test('of each recipient are his own', async () => {
    const to = ['bob@example.com', 'eve@example.com'];
    const { id } = await acme.koltrix.emails.send({
      from: 'hello@acme.example',
      to,
      subject: 'News',
      body_html: HTML,
      track_opens: true,
    });
    const [bob, eve] = await Promise.all(to.map((address) => arrived(acme, address)));
    expect(pixelOf(bob?.html ?? '')).not.toBe(pixelOf(eve?.html ?? ''));
    await visit(pixelOf(eve?.html ?? '') as string);
    const { messages } = await acme.koltrix.emails.get(id);
    expect(messages.map(({ opens }) => opens)).toEqual([0, 1]);
  });
});

describe('while the database does not answer', () => {
  test('a click leads on after a second, and is counted when the database is back', async () => {
    const { email_id, html } = await send({ track_clicks: true });
    await using held = await holdTable(koltrix.database, 'outbound_messages');
    const started = performance.now();
    const click = await visit(hrefs(html)[0] as string);
    const waited_ms = performance.now() - started;
    await held.release();
    expect(click.headers.get('location')).toBe('https://shop.example/a?x=1&y=2');
    expect(waited_ms).toBeGreaterThan(900);
    expect(waited_ms).toBeLessThan(20_000);
    await until(async () => (await messageOf(email_id))?.clicks === 1);
  });
});

describe('where tracking is switched', () => {
  const tracked = (html: string) => ({
    opens: pixelOf(html) !== undefined,
    clicks: hrefs(html).some((href) => href.startsWith(PUBLIC_URL)),
  });

  test('nowhere: the HTML arrives as it was written', async () => {
    const { html } = await send({});
    expect(html.trim()).toBe(HTML);
  });

  test('on the account, on the domain, on the email: the nearest counts', async () => {
    const tenant = await koltrix.tenant();
    const domain = await tenant.koltrix.domains.create({ name: 'acme.example' });
    expect(await tenant.koltrix.account.update({ track_opens: true })).toMatchObject({
      track_opens: true,
      track_clicks: false,
    });
    expect(tracked((await send({}, tenant)).html)).toEqual({ opens: true, clicks: false });
    await tenant.koltrix.domains.update(domain.id, { track_opens: false });
    expect(tracked((await send({}, tenant)).html)).toEqual({ opens: false, clicks: false });
    expect(pixelOf((await send({ track_opens: true }, tenant)).html)).toBeDefined();
    await tenant.koltrix.domains.update(domain.id, { track_opens: null });
    expect(pixelOf((await send({}, tenant)).html)).toBeDefined();
    expect(pixelOf((await send({ track_opens: false }, tenant)).html)).toBeUndefined();
  });

  test('in a raw message by SMTP: by its headers, which do not arrive', async () => {
    const to = 'smtp@example.com';
    const transport = createTransport({
      host: '127.0.0.1',
      port: koltrix.smtp_port,
      ignoreTLS: true,
      auth: { user: 'any', pass: acme.key },
    });
    await transport.sendMail({
      from: 'hello@acme.example',
      to,
      subject: 'Grüße',
      text: 'See https://shop.example/a',
      html: HTML,
      headers: { 'X-Koltrix-Track-Opens': 'true', 'X-Koltrix-Track-Clicks': 'true', 'X-Koltrix-Unsubscribe': 'news' },
    });
    const { html, text, headers } = await arrived(acme, to);
    expect(hrefs(html).every((href) => href.startsWith(`${PUBLIC_URL}/c/`))).toBe(true);
    expect(pixelOf(html)).toBeDefined();
    expect(text.trim()).toBe('See https://shop.example/a');
    expect(headers).not.toMatch(/x-koltrix/i);
    expect(headers).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
    const click = await visit(hrefs(html)[1] as string);
    expect(click.headers.get('location')).toBe('https://shop.example/b');
  });

  test('a raw message that says something unknown is refused, with the header’s name', async () => {
    const sending = acme.koltrix.emails.sendRaw('X-Koltrix-Track-Opens: perhaps\r\nSubject: x\r\n\r\nx', {
      mail_from: 'hello@acme.example',
      rcpt_to: ['ada@example.com'],
    });
    await expect(sending).rejects.toMatchObject({
      status: 400,
      detail: expect.stringMatching(/x-koltrix-track-opens/i),
    });
  });
});

describe('attacks', () => {
  test('a click’s target cannot be changed, nor a token’s letter', async () => {
    const { email_id, html } = await send({ track_opens: true, track_clicks: true });
    const [href] = hrefs(html) as [string];
    const evil = Buffer.from('https://evil.example/').toString('base64url');
    for (const forged of [
      href.replace(/[^/]+$/, evil),
      href.replace(/[^/]+$/, Buffer.from('javascript:alert(1)').toString('base64url')),
      href.replace(/\/c\/./, '/c/0'),
      `${href}?url=https://evil.example/`.replace(/[^/?]+\?/, `${evil}?`),
      `${PUBLIC_URL}/c/x/${evil}`,
    ]) {
      const answer = await visit(forged);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('location')).toBeNull();
    }
    expect((await visit((pixelOf(html) as string).replace(/\/o\/.../, '/o/zzz'))).status).toBe(404);
    expect(await messageOf(email_id)).toMatchObject({ clicks: 0, opens: 0 });
  });

  test.each(['/o/', '/c/', '/u/', '/u/%ff', '/c/a/b/c', `/u/${'a'.repeat(5_000)}`])('%s is answered', async (path) => {
    expect((await visit(PUBLIC_URL + path)).status).toBe(404);
  });

  test('an address that is asked for without end makes no events without end', async () => {
    const { email_id, html } = await send({ track_opens: true });
    for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 50 }, () => visit(pixelOf(html) as string)));
    expect((await messageOf(email_id))?.opens).toBe(250);
    expect((await eventsOf(email_id)).filter((type) => type === 'email.opened').length).toBeLessThanOrEqual(200);
  });
});
