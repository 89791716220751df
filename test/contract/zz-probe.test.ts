import { gzipSync } from 'node:zlib';
import { beforeAll, afterAll, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { writeFileSync, appendFileSync } from 'node:fs';

let k: Installation;
beforeAll(async () => { k = await givenKoltrix(); (k.deps.log as any).error = (o: any) => appendFileSync('/tmp/probe.log', String(o?.err?.stack ?? o?.err).slice(0,600) + '\n'); });
afterAll(() => k[Symbol.asyncDispose]());
const ok = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'x', body_text: 'y' };
test('probe', async () => {
  writeFileSync('/tmp/probe.log', '');
  const t = await k.tenant();
  const say = async (name: string, p: Promise<Response>) => {
    const t0 = Date.now();
    try { const r = await p; const text = await r.text(); appendFileSync('/tmp/probe.log', `${name}: ${r.status} ${Date.now()-t0}ms ${r.headers.get('allow') ?? ''} ${r.headers.get('content-type')} ${text.slice(0, 420)}\n`); }
    catch (e) { appendFileSync('/tmp/probe.log', `${name}: THROW ${(e as Error).message} ${String((e as Error).cause)}\n`); }
  };
  const raw = (body: any, headers: Record<string,string> = { 'content-type': 'application/json' }, path = '/emails', method = 'POST') => t.fetch(path, { method, body, headers, duplex: 'half' } as any);
  const json = (o: any, path = '/emails') => raw(JSON.stringify(o), undefined, path);

  for (const t9 of ['2026-12-01T23:59:60Z','2026-02-30T10:00:00Z','2026-11-23T24:00:00Z','2026-11-23t10:00:00z','2026-11-23T10:00:00+01:00']) await say('t ' + t9, json({ ...ok, scheduled_at: t9 }));
  await say('mbox', json({ ...ok, from: `"${'a'.repeat(20e6)}" <a@b.test>` }));
  await say('utf16', raw(Buffer.from(JSON.stringify(ok), 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }));
  await say('no type', t.fetch('/emails', { method: 'POST', body: Buffer.from(JSON.stringify(ok)) }));
  await say('no body', t.fetch('/emails', { method: 'POST' }));
  await say('zstd', raw(JSON.stringify(ok), { 'content-type': 'application/json', 'content-encoding': 'zstd' }));
  await say('foo enc', raw(JSON.stringify(ok), { 'content-type': 'application/json', 'content-encoding': 'foo' }));
  await say('flood', raw(`{"to":[${'1,'.repeat(12e6)}1]}`));
  await say('deepnul', raw(`${JSON.stringify(ok).slice(0, -1)},"metadata":{"a":${'['.repeat(2e6)}"\\u0000"${']'.repeat(2e6)}}}`));
  await say('deepnul', raw(`${JSON.stringify(ok).slice(0, -1)},"metadata":{"a":${'['.repeat(2e6)}"\\u0000"${']'.repeat(2e6)}}}`));
  await say('nulflood', raw(`{"to":[${'"\\u0000",'.repeat(2e6)}1]}`));
  await say('alive', t.fetch('/account'));
  await say('emptytag', json({ ...ok, tags: { '': 'x' } })); await say('longtag', json({ ...ok, tags: { ['x'.repeat(65)]: 'x' } }));
  await say('1e999', raw(`${JSON.stringify(ok).slice(0, -1)},"metadata":{"a":1e999,"b":12345678901234567890}}`));
  await say('widemeta', json({ ...ok, metadata: Object.fromEntries(Array.from({length: 51}, (_, i) => [i, i]))}));
  for (const p of ['/emails/batch', '/emails/%E0%A4%A', '/idempotency-keys/%00', '/emails?tag=a%00', '/emails?recipient=ada@example.test&created_after=2026-01-01T00:00:00Z', '/emails?%00=1', '/test/messages?to=a@x.test&since=2026-01-01T00:00:00%2B01:00']) await say('GET ' + p, t.fetch(p));
  await say('HEAD', t.fetch('/emails', { method: 'HEAD' }));
  await say('CASE', fetch(`${k.url}/API/V2/account`, { headers: { authorization: `Bearer ${t.key}` } }));
  await say('raw50', raw('From: a@x.test\r\n\r\nhi', { 'content-type': 'message/rfc822' }, '/emails/raw?mail_from=a@x.test&' + Array.from({ length: 50 }, (_, i) => `rcpt_to=a${i}${'%C3%BC'.repeat(28)}@${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.test`).join('&')));
  for (const p of ['mail_from=a@x.test', 'mail_from=&rcpt_to=a@x.test', 'mail_from=a@x.test&rcpt_to=a@x.test', 'mail_from=a@x.test&rcpt_to=nope', 'mail_from=a@x.test&rcpt_to=a@x.test%0d%0aX', 'mail_from=a@x.test&mail_from=b@x.test&rcpt_to=a@x.test', 'mail_from=a@x.test&rcpt_to=a@x.test&source=campaign', 'mail_from=a@x.test&' + Array.from({ length: 51 }, (_, i) => `rcpt_to=a${i}@x.test`).join('&'), 'mail_from=a@x.test&' + Array.from({ length: 1001 }, (_, i) => `rcpt_to=a${i}@x.test`).join('&')])
    await say('raw ' + p.slice(0, 60), raw('From: a@x.test\r\n\r\nhi', { 'content-type': 'message/rfc822' }, '/emails/raw?' + p));
  for (const b of ['', 'no headers', 'A: b\r\n\r\na\0b', 'A: b\n\r\nx\r\n', 'A: b\r\nnope\r\n\r\nx', '\r\nbody', 'X-Koltrix-Idempotency-Key: a b\r\n\r\n', 'Subject: \xff\r\n\r\nx', '{}'])
    await say('rawbody ' + JSON.stringify(b), raw(Buffer.from(b, 'latin1'), { 'content-type': 'message/rfc822' }, '/emails/raw?mail_from=a@x.test&rcpt_to=a@x.test'));
  await say('raw json type', raw('{}', undefined, '/emails/raw?mail_from=a@x.test&rcpt_to=a@x.test'));
}, 120_000);
