import { expect } from 'vitest';
import type { Tenant } from './tenant.ts';
import { until } from './until.ts';

/** Where recipients are told to come back to; the tests go to where the installation really is. */
export const PUBLIC_URL = 'https://links.koltrix.test';
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
export const HTML =
  '<html><body><a href="https://shop.example/a?x=1&amp;y=2">a</a> <a href="https://shop.example/b">b</a></body></html>';

export interface Arrived {
  html: string;
  text: string;
  /** The message's header, as text. */
  headers: string;
}

export interface Sent extends Arrived {
  email_id: string;
  message_id: string;
}

let count = 0;

/** Sends to one recipient and reads what arrived. */
export async function sendAndRead(tenant: Tenant, fields: Record<string, unknown>): Promise<Sent> {
  const to = `ada${++count}@example.com`;
  const { id, messages } = await tenant.koltrix.emails.send({
    from: 'Acme <hello@acme.example>',
    to: [to],
    subject: 'News',
    body_html: HTML,
    ...fields,
  });
  return { email_id: id, message_id: messages[0]?.id as string, ...(await arrived(tenant, to)) };
}

export async function arrived(tenant: Tenant, to: string): Promise<Arrived> {
  const [mail] = await until(async () => {
    const found = await tenant.captured(to);
    return found.length > 0 && found;
  });
  const raw = mail?.raw ?? '';
  return { html: mail?.body_html ?? '', text: mail?.body_text ?? '', headers: raw.slice(0, raw.indexOf('\r\n\r\n')) };
}

export const hrefs = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href as string);
export const pixelOf = (html: string) => /<img src="([^"]*)"/.exec(html)?.[1];

/** As a recipient's program would ask for an address in his mail. */
export function visit(installation_url: string, url: string, init: RequestInit = {}): Promise<Response> {
  expect(url).toMatch(new RegExp(`^${PUBLIC_URL}/`));
  return fetch(installation_url + url.slice(PUBLIC_URL.length), {
    redirect: 'manual',
    ...init,
    headers: { 'user-agent': BROWSER, ...(init.headers as Record<string, string>) },
  });
}
