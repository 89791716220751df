import { type Browser, chromium, type Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { need } from '../support/programs.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';
import { givenWebSite, type WebSite } from '../support/web-page.ts';

const { installed } = inject('sdk');

let koltrix: Installation;
let acme: Tenant;
let site: WebSite;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
  site = await givenWebSite(installed, koltrix.url);
});
afterAll(async () => {
  await browser?.close();
  await site[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});
beforeEach(async ({ skip }) => {
  await need('chromium', skip);
  browser ??= await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  page = await browser.newPage();
  await page.goto(site.origin);
});

/** Runs code in the page, with the package and a client at hand; gives what it returns. */
async function inPage<T>(code: string, facts: Record<string, unknown> = {}): Promise<T> {
  const options = { apiKey: acme.key, baseUrl: site.origin };
  const program = `(async (facts) => {
    const sdk = await import('/koltrix/index.js');
    const client = new sdk.Koltrix(facts.options);
    ${code}
  })(${JSON.stringify({ options, ...facts })})`;
  return page.evaluate(program) as Promise<T>;
}

describe('in a page of Chromium, behind the same origin', () => {
  test('an email goes out, with a file of the page and a picture that it drew', async () => {
    const { id, status, request_id } = await inPage<{ id: string; status: number; request_id: string }>(`
      const canvas = document.createElement('canvas');
      const picture = await new Promise((resolve) => canvas.toBlob(resolve));
      const { data, response } = await client.emails.send({
        from: 'hello@acme.example', to: ['ada@example.test'], subject: 'From a page', body_text: 'Hi',
        attachments: [
          await sdk.attachment(new File(['Grüße'], 'grüße.txt', { type: 'text/plain' })),
          await sdk.attachment(picture, { filename: 'picture.png' }),
        ],
      }).withResponse();
      return { id: data.id, status: response.status, request_id: response.request_id };`);
    expect({ id, status, request_id }).toMatchObject({ status: 202, request_id: expect.stringMatching(/^req_/) });
    const [mail] = await until(async () => {
      const found = await acme.captured('ada@example.test');
      return found.length > 0 && found;
    });
    expect(mail?.attachments).toMatchObject([
      { filename: 'grüße.txt', content_type: 'text/plain', size_bytes: 7 },
      { filename: 'picture.png', content_type: 'image/png' },
    ]);
  });

  test('pages are walked, many are sent, and errors are told apart', async () => {
    const found = await inPage(`
      const results = await client.emails.sendMany(['bob@example.test', 'nonsense', 'cy@example.test'].map((to) => (
        { from: 'hello@acme.example', to: [to], subject: 'Many', body_text: 'Hi' })));
      const subjects = [];
      for await (const { subject } of client.emails.list({ limit: 1 })) subjects.push(subject);
      const error = await client.emails.get('em_00000000000000000000000000').catch((thrown) => thrown);
      return {
        results: results.map(({ email, error }) => email?.status ?? error.errors[0].pointer),
        many: subjects.filter((subject) => subject === 'Many').length,
        isNotFound: sdk.isNotFoundError(error),
      };`);
    expect(found).toEqual({ results: ['queued', '/to/0', 'queued'], many: 2, isNotFound: true });
  });

  test('the live stream is followed', async () => {
    const following = inPage(`
      const types = [];
      for await (const event of client.events.stream({ type: ['email.queued'] })) {
        types.push(event.type);
        if (event.data.subject === 'Live') return types;
      }`);
    const feed = until(
      async () => {
        await acme.koltrix.emails.send({
          from: 'hello@acme.example',
          to: ['eve@example.test'],
          subject: 'Live',
          body_text: 'Hi',
        });
        return Promise.race([following, new Promise<undefined>((resolve) => setTimeout(resolve, 500))]);
      },
      { timeout_ms: 20_000 },
    );
    expect(await feed).toContain('email.queued');
  });

  test('a webhook is verified', async () => {
    const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, yes').toString('base64')}`;
    const payload = JSON.stringify({ id: 'evt_1', type: 'email.sent' });
    const at = new Date();
    const headers = {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('evt_1', at, payload),
    };
    const code = `
      const { verifyWebhook } = await import('/koltrix/webhooks.js');
      const event = await verifyWebhook(facts.payload, new Headers(facts.headers), facts.secret);
      const refused = await verifyWebhook(facts.payload + ' ', facts.headers, facts.secret).catch(({ reason }) => reason);
      return [event.type, refused];`;
    expect(await inPage(code, { payload, headers, secret })).toEqual(['email.sent', 'signature-mismatch']);
  });

  test('an abort is an abort, and the key shows in no error', async () => {
    const [name, text] = await inPage<[string, string]>(`
      const aborted = await client.account.get({ signal: AbortSignal.abort() }).catch(({ name }) => name);
      const error = await new sdk.Koltrix({ ...facts.options, baseUrl: 'http://127.0.0.1:9', maxRetries: 0 })
        .account.get().catch((thrown) => thrown);
      return [aborted, [error.name, error.message, error.stack, JSON.stringify(error), String(error.cause)].join()];`);
    expect(name).toBe('AbortError');
    expect(text).toContain('ConnectionError');
    expect(text).not.toContain(acme.key.slice(3));
  });
});

test('a page of another origin cannot use Koltrix, even with a key: an API key is nothing for a page', async () => {
  const name = await inPage<string>(
    `
    const direct = new sdk.Koltrix({ ...facts.options, baseUrl: facts.koltrix_url, maxRetries: 0 });
    return direct.account.get().then(() => 'answered', ({ name }) => name);`,
    { koltrix_url: koltrix.url },
  );
  expect(name).toBe('ConnectionError');
  const preflight = await fetch(`${koltrix.url}/api/v2/emails`, {
    method: 'OPTIONS',
    headers: { origin: site.origin, 'access-control-request-method': 'POST' },
  });
  expect([...preflight.headers.keys()].filter((header) => header.startsWith('access-control-'))).toEqual([]);
});
