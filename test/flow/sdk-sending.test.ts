import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AttachmentSource, attachment, isInvalidRequestError, Koltrix, type SendEmail } from 'koltrix';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { givenDns } from '../support/dns.ts';
import { type FaultProxy, givenFaultProxy } from '../support/fault-proxy.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSendingDomain } from '../support/sending-domain.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

const bytes = Uint8Array.from({ length: 70_001 }, (_, i) => (i * 31) % 256);

let koltrix: Installation;
let network: FaultProxy;
let files: Server;
let folder: string;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  network = await givenFaultProxy(koltrix.url);
  folder = await mkdtemp(join(tmpdir(), 'koltrix-files-'));
  await writeFile(join(folder, 'Grüße & mehr.pdf'), bytes);
  files = createServer((request, response) => {
    const isAllowed = request.headers.authorization === 'Bearer mine';
    response.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/pdf' }).end(isAllowed ? bytes : '');
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  files.close();
  await rm(folder, { recursive: true, force: true });
  await network[Symbol.asyncDispose]();
  await koltrix[Symbol.asyncDispose]();
});
beforeEach(async () => {
  acme = await koltrix.tenant();
  network.plan();
  network.seen.length = 0;
});

const hello = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hi' };

/** The first mail that came to somebody, whole. */
async function mailTo(to: string) {
  const { id } = await until(async () => (await acme.captured(to))[0]);
  return acme.koltrix.testMessages.get(id);
}

describe('an attachment arrives byte for byte', () => {
  const path = () => join(folder, 'Grüße & mehr.pdf');
  const url = () => new URL(`http://127.0.0.1:${(files.address() as AddressInfo).port}/q3/Q3%20report.pdf`);
  const mine: typeof fetch = (input) => fetch(input, { headers: { authorization: 'Bearer mine' } });

  test.each<[string, () => AttachmentSource | Promise<Response>, string]>([
    ['a path', path, 'Grüße & mehr.pdf'],
    ['a file: URL', () => pathToFileURL(path()), 'Grüße & mehr.pdf'],
    ['a stream', () => createReadStream(path()), 'named.pdf'],
    ['a Blob', () => new Blob([bytes]), 'named.pdf'],
    ['a File', () => new File([bytes], 'file.pdf', { type: 'application/pdf' }), 'file.pdf'],
    ['a URL, by a fetch of your own', url, 'Q3 report.pdf'],
    ['a Response', () => mine(url()), 'Q3 report.pdf'],
  ])('from %s', async (_, source, filename) => {
    const options = { fetch: mine, ...(filename === 'named.pdf' && { filename }) };
    const attachments = [await attachment(await source(), options)];
    await acme.koltrix.emails.send({ ...hello, attachments });
    const [arrived] = (await mailTo('ada@example.test')).attachments;
    expect(arrived).toMatchObject({ filename, content_type: 'application/pdf', size_bytes: bytes.length });
    expect(arrived?.content).toBe(Buffer.from(bytes).toString('base64'));
  });

  test('inline, where the HTML names it', async () => {
    const logo = await attachment(new Blob([bytes], { type: 'image/png' }), {
      filename: 'logo.png',
      content_id: 'logo',
    });
    await acme.koltrix.emails.send({ ...hello, body_html: '<img src="cid:logo">', attachments: [logo] });
    expect((await mailTo('ada@example.test')).attachments).toMatchObject([
      { content_id: 'logo', filename: 'logo.png' },
    ]);
  });
});

test('a raw message is streamed and arrives as it is', async () => {
  async function* message() {
    yield Buffer.from('From: hello@acme.example\r\nTo: ada@example.test\r\nSubject: Streamed\r\n\r\n');
    for (let i = 0; i < 1_000; i++) yield Buffer.from(`line ${i}\r\n`);
  }
  await acme.koltrix.emails.sendRaw(message(), { mail_from: 'hello@acme.example', rcpt_to: ['ada@example.test'] });
  const { id } = await mailTo('ada@example.test');
  const source = new TextDecoder().decode(await acme.koltrix.testMessages.getSource(id));
  expect(source.split('\r\n\r\n')[1]).toBe(Array.from({ length: 1_000 }, (_, i) => `line ${i}\r\n`).join(''));
});

test('what a renderer makes of an element arrives as HTML and text', async () => {
  const render = async ({ name }: { name: string }) => ({
    body_html: `<h1>Hello ${name}</h1>`,
    body_text: `Hello ${name}`,
  });
  const client = new Koltrix({ apiKey: acme.key, baseUrl: koltrix.url, render });
  const { body_text: _, ...envelope } = hello;
  await client.emails.send({ ...envelope, body: { name: 'Ada' } });
  const mail = await mailTo('ada@example.test');
  expect(mail.body_html).toContain('<h1>Hello Ada</h1>');
  expect(mail.body_text?.trim()).toBe('Hello Ada');
});

describe('many emails', () => {
  const email = (i: number): SendEmail => ({ ...hello, to: [`reader-${i}@example.test`], subject: `News ${i}` });
  /** Bad in ways that the schema sees and in ways that only the pipeline sees. */
  const bad: Record<number, Partial<SendEmail>> = {
    3: { to: ['nonsense'] },
    9: { subject: 'two\r\nlines' },
    40: { to: Array.from({ length: 51 }, (_, i) => `r${i}@example.test`) },
    502: { headers: { 'Bad header': 'x' } },
  };
  const all = Array.from({ length: 530 }, (_, i): SendEmail => ({ ...email(i), ...bad[i] }));

  const listed = async () => {
    const subjects = [];
    for await (const { subject } of acme.koltrix.emails.list({ limit: 100 })) subjects.push(subject);
    return subjects;
  };

  test('go out but for the bad ones, which each have their own fault', async () => {
    const results = await acme.koltrix.emails.sendMany(all);
    const failed = results.filter(({ error }) => error);
    expect(failed.map(({ index }) => index)).toEqual([3, 9, 40, 502]);
    for (const { error } of failed) {
      expect(isInvalidRequestError(error)).toBe(true);
      expect((error as { errors: { pointer: string }[] }).errors[0]?.pointer).toMatch(/^\/(to|subject|headers)/);
    }
    const subjects = await listed();
    expect(subjects).toHaveLength(526);
    expect(new Set(subjects).size).toBe(526);
  });

  test('go out once, also when answers are lost and the whole run is repeated', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.001);
    const client = new Koltrix({ apiKey: acme.key, baseUrl: network.url });
    const run = async () =>
      (await client.emails.sendMany(all, { idempotencyKey: 'news-42' })).map(({ email }) => email?.id);
    network.plan('lose the answer', 'lose the request', 'pass', 'lose the answer', 'lose the answer');
    const first = await run();
    expect(await run()).toEqual(first);
    expect(await listed()).toHaveLength(526);
    vi.restoreAllMocks();
  });

  test('of which a bad one was mended later are not sent again', async () => {
    const few = all.slice(0, 5);
    const options = { idempotencyKey: 'news-43' };
    await acme.koltrix.emails.sendMany(few, options);
    const mended = few.map((one, i) => (i === 3 ? email(3) : one));
    const results = await acme.koltrix.emails.sendMany(mended, options);
    expect(results.map(({ error }) => (error as { code?: string })?.code)).toEqual(
      Array(5).fill('idempotency-key-reused'),
    );
    expect(await listed()).toHaveLength(4);
  });

  test('from domains of which one is not verified go out from the others', async () => {
    await using dns = await givenDns();
    await using strict = await givenKoltrix({
      env: { KOLTRIX_ROLES: 'api', KOLTRIX_DELIVERY: 'smtp://127.0.0.1:9', KOLTRIX_DNS_SERVERS: dns.server },
    });
    const tenant = await strict.tenant();
    await givenSendingDomain(tenant, dns, 'ours.example');
    const senders = ['a@other.example', 'b@ours.example', 'c@other.example', 'd@third.example', 'e@ours.example'];
    const results = await tenant.koltrix.emails.sendMany(senders.map((from) => ({ ...hello, from })));
    expect(results.map(({ email, error }) => email?.status ?? (error as { code: string }).code)).toEqual([
      'domain-not-verified',
      'queued',
      'domain-not-verified',
      'domain-not-verified',
      'queued',
    ]);
  });

  test('are taken from a generator, and no further than they are wanted', async () => {
    let taken = 0;
    async function* source() {
      for (;;) yield email(taken++);
    }
    for await (const { index } of acme.koltrix.emails.sendMany(source())) if (index === 10) break;
    expect(taken).toBe(501);
    expect(await listed()).toHaveLength(500);
  });
});

test('pages are walked to the end, over lost answers', async () => {
  await acme.koltrix.emails.sendMany(Array.from({ length: 7 }, (_, i) => ({ ...hello, subject: `Page ${i}` })));
  const client = new Koltrix({ apiKey: acme.key, baseUrl: network.url });
  network.plan('pass', 'lose the answer', 'pass', { cut_after_bytes: 30 });
  const subjects = [];
  for await (const { subject } of client.emails.list({ limit: 2 })) subjects.push(subject);
  expect(subjects.toSorted()).toEqual(Array.from({ length: 7 }, (_, i) => `Page ${i}`));
});

test('the live stream goes on behind the last event when its connection breaks, with none lost or doubled', async () => {
  await acme.koltrix.emails.send(hello);
  const [start] = await acme.events();
  const client = new Koltrix({ apiKey: acme.key, baseUrl: network.url });
  network.plan({ cut_after_bytes: 2_000 }, { cut_after_bytes: 1_500 }, { status: 502 }, { cut_after_bytes: 100 });
  await acme.koltrix.emails.sendMany(Array.from({ length: 12 }, (_, i) => ({ ...hello, subject: `Live ${i}` })));
  const queued: string[] = [];
  const options = { lastEventId: start?.id ?? '', signal: AbortSignal.timeout(20_000) };
  for await (const event of client.events.stream({ type: ['email.queued'] }, options)) {
    queued.push(event.data.subject);
    if (queued.length === 12) break;
  }
  expect(queued.toSorted()).toEqual(Array.from({ length: 12 }, (_, i) => `Live ${i}`).toSorted());
  expect(network.seen.length).toBeGreaterThan(3);
  expect(network.seen[0]?.last_event_id).toBe(start?.id);
  expect(network.seen.at(-1)?.last_event_id).not.toBe(start?.id);
});
