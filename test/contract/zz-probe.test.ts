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
  for (const bad of ['', '{', '{"a":}', 'null', '[]', '"x"', '1', 'true', '{}', '\u0000{}', '{"from":"a\u0000b"}', '[1', '{"a":1}}', '{"subject":"a\nb"}', "{'a':1}"]) await say('json ' + JSON.stringify(bad), raw(bad));
  await say('bad utf8', raw(Buffer.concat([Buffer.from('{"subject":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])));
  await say('bom', raw('\ufeff' + JSON.stringify(ok)));
  await say('utf16', raw(Buffer.from(JSON.stringify(ok), 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }));
  await say('utf16nul', raw(Buffer.from(JSON.stringify({ ...ok, subject: 'a', tags: { a: '\0' } }), 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }));
  await say('latin1', raw(JSON.stringify(ok), { 'content-type': 'application/json; charset=latin1' }));
  await say('no type', t.fetch('/emails', { method: 'POST', body: Buffer.from(JSON.stringify(ok)) }));
  await say('text', raw(JSON.stringify(ok), { 'content-type': 'text/plain' }));
  await say('no body', t.fetch('/emails', { method: 'POST' }));
  await say('ct only', t.fetch('/emails', { method: 'POST', headers: { 'content-type': 'application/json' } }));
  await say('brotli', raw(JSON.stringify(ok), { 'content-type': 'application/json', 'content-encoding': 'zstd' }));
  await say('badgzip', raw('zzzz', { 'content-type': 'application/json', 'content-encoding': 'gzip' }));
  await say('bomb', raw(gzipSync(Buffer.alloc(60e6, 32)), { 'content-type': 'application/json', 'content-encoding': 'gzip' }));
  await say('30mb', raw(Buffer.alloc(30e6, 32)));
  await say('30mbchunk', raw(new Blob([Buffer.alloc(30e6, 32)]).stream() as any));
  await say('raw30', raw(Buffer.alloc(30e6, 65), { 'content-type': 'message/rfc822' }, '/emails/raw?mail_from=a@b.test&rcpt_to=a@b.test'));
  for (const [n, o] of Object.entries({
    to51: { ...ok, to: Array.from({ length: 51 }, (_, i) => `a${i}@x.test`) },
    mixed51: { ...ok, to: Array.from({ length: 20 }, (_, i) => `a${i}@x.test`), cc: Array.from({ length: 20 }, (_, i) => `b${i}@x.test`), bcc: Array.from({ length: 11 }, (_, i) => `c${i}@x.test`) },
    unknown: { ...ok, foo: 1 }, unknownNested: { ...ok, attachments: [{ filename: 'a', content: '', foo: 1 }] },
    tagType: { ...ok, tags: { a: 1 } }, many: { from: 1, to: 'x', subject: null }, proto: 'P',
    crlf: { ...ok, to: ['a@x.test\r\nBcc: b@x.test'] }, subj: { ...ok, subject: 'a\r\nBcc: x' }, leap: { ...ok, scheduled_at: '2026-12-01T23:59:60Z' },
    t1: { ...ok, scheduled_at: 'tomorrow' }, t2: { ...ok, scheduled_at: '2026-13-01T00:00:00Z' }, t3: { ...ok, scheduled_at: '2027-06-01T00:00:00Z' }, t4: { ...ok, scheduled_at: 5 }, t5: { ...ok, scheduled_at: '2026-11-23' }, t6: { ...ok, scheduled_at: '2026-11-23 10:00:00Z' }, t7: { ...ok, scheduled_at: '2026-11-23T10:00:00' },  t8: { ...ok, scheduled_at: '2026-11-23T10:00:00+24:00' }, t9: { ...ok, scheduled_at: '2026-11-23T10:00:00.123456789Z' }, t10: { ...ok, scheduled_at: '2026-02-30T10:00:00Z' }, t11: { ...ok, scheduled_at: '0000-01-01T00:00:00Z' }, t12: { ...ok, scheduled_at: '2026-11-23T24:00:00Z' },
    fn: { ...ok, attachments: [{ filename: 'a\r\nX: y', content: '' }] }, cid: { ...ok, attachments: [{ filename: 'a', content: '', content_id: 'a>\r\nX: y' }] }, ctp: { ...ok, attachments: [{ filename: 'a', content: '', content_type: 'text/plain\r\nX: y' }] }, b64: { ...ok, attachments: [{ filename: 'a', content: '%%%' }] },
    hn: { ...ok, headers: { 'X-A\r\nB': 'c' } }, hv: { ...ok, headers: { 'X-A': 'c\r\nB: c' } }, hr: { ...ok, headers: { 'DKIM-Signature': 'c' } }, hdup: { ...ok, headers: { 'X-A': '1', 'x-a': '2' } },
    nul: { ...ok, subject: 'a\0b' }, nulbody: { ...ok, body_text: 'a\0b' }, nulkey: { ...ok, tags: { 'a\0': 'b' } }, sur: { ...ok, body_text: 'a\ud800' }, surkey: { ...ok, metadata: { 'a\udc00': 1 } },
    meta: { ...ok, metadata: { a: 'x'.repeat(17000) } }, metaU: { ...ok, metadata: { a: '€'.repeat(8000) } }, nobody: { from: ok.from, to: ok.to, subject: 'x' }, emptyto: { ...ok, to: [] },
    big: { ...ok, body_text: 'x'.repeat(25e6) }, mbox: { ...ok, from: `"${'a'.repeat(20e6)}" <a@b.test>` }, sublong: { ...ok, subject: 'x'.repeat(999) }, nullto: { ...ok, to: null }, emptytag: { ...ok, tags: { '': 'x' } },
    batch0: 1,
  })) await say(n, json(o));
  for (const h of ['from','TO','cc','bcc','Reply-To','subject','date','message-id','mime-version','return-path','received','delivered-to','dkim-signature','authentication-results','feedback-id','resent-from','content-type','content-foo','x-koltrix-foo','sender','arc-seal', 'X A', 'X:A', 'Ünï', '', 'List-Unsubscribe', '__proto__', 'constructor', 'x-originating-ip','DomainKey-Signature','x-mailer','errors-to','apparently-to','received-spf','return-receipt-to','disposition-notification-to'])
    await say('header ' + h, raw(`${JSON.stringify(ok).slice(0, -1)},"headers":{${JSON.stringify(h)}:"v"}}`));
  await say('proto body', raw(`${JSON.stringify(ok).slice(0, -1)},"__proto__":{"a":1}}`));
  await say('proto tags', raw(`${JSON.stringify(ok).slice(0, -1)},"tags":{"__proto__":"a","constructor":"b"},"metadata":{"__proto__":{"x":1},"constructor":2,"toString":3}}`));
  await say('dup', raw(`${JSON.stringify(ok).slice(0, -1)},"subject":"second"}`));
  await say('1e999', raw(`${JSON.stringify(ok).slice(0, -1)},"metadata":{"a":1e999,"b":12345678901234567890}}`));
  await say('deep', raw(`${JSON.stringify(ok).slice(0, -1)},"metadata":{"a":${'['.repeat(40)}${']'.repeat(40)}}}`));
  await say('very deep', raw(`${JSON.stringify(ok).slice(0, -1)},"metadata":{"a":${'['.repeat(2e6)}${']'.repeat(2e6)}}}`));
  await say('very deep idem', raw(`${JSON.stringify(ok).slice(0, -1)},"metadata":{"a":${'['.repeat(2e6)}${']'.repeat(2e6)}}}`, { 'content-type': 'application/json', 'idempotency-key': 'k1' }));
  await say('deep root', raw(`${'['.repeat(2e6)}${']'.repeat(2e6)}`));
  await say('batch501', json({ emails: Array.from({ length: 501 }, () => ok) }, '/emails/batch'));
  await say('batch1bad', json({ emails: [ok, { ...ok, headers: { Received: 'x' } }] }, '/emails/batch'));
  for (const q of ['limit=0','limit=101','limit=abc','limit=1.5','limit=1&limit=2','limit=','limit=-1','limit=1e1','limit=0x10','limit=%201','foo=1','cursor=','cursor=abc','cursor=' + 'x'.repeat(600),'status=nope','status=','status=queued&status=sent','recipient=nope','recipient=%00','tag=%00','tag=a%00b','tag=','created_after=2026-12-31T23:59:60Z','created_after=x','created_after=0000-01-01T00:00:00Z','tag=__proto__','recipient=a&recipient=b', 'tag=%F0%28', 'Limit=1', 'limit[]=1','__proto__=1'])
    await say('q ' + q, t.fetch('/emails?' + q));
  const b64 = (s: string) => Buffer.from(s).toString('base64url');
  for (const c of ['abc', b64('1 a@b.test'), b64('1 a\0'), b64('9'.repeat(310) + ' a'), b64('1'.repeat(200) + ' a'), b64('123 "a b"@x.test'), b64('99999999999999 a')]) await say('supp cursor ' + c.slice(0, 20), t.fetch('/suppressions?cursor=' + c));
  for (const p of ['/emails/', '/emails/batch', '/emails/raw', '/Emails', '/events/nope', '/nope', '/account/', '/emails/em_x', '/emails/em_zzzzzzzzzzzzzzzzzzzzzzzzzz', '/emails/%00', '/emails/%E0%A4%A', '/suppressions/nope', '/suppressions/%00', '/suppressions/a%2Fb@x.test', '/suppressions/%22a%20b%22@x.test', '/suppressions/' + encodeURIComponent('ünï@ünïcode.test'), '/idempotency-keys/%00', '/idempotency-keys/' + 'x'.repeat(256), '/idempotency-keys/a%2Fb', '/idempotency-keys/%22q%22', '//emails', '/emails?x', '/events?after=evt_01k9zq7d8ye2wbn5w0c8v7x3mc', '/events?type=x', '/events?type=email.sent&type=email.sent', '/test/messages?wait=31', '/test/messages?since=2026-12-31T23:59:60Z', '/webhooks/wh_x','/emails/em_01k9zq7d8ye2wbn5w0c8v7x3ma/events?cursor=' + b64('01890000-0000-7000-8000-000000000000')])
    await say('GET ' + p, t.fetch(p));
  await say('CASE', fetch(`${k.url}/API/V2/account`, { headers: { authorization: `Bearer ${t.key}` } }));
  for (const m of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) await say(m + ' /emails', t.fetch('/emails', { method: m }));
  await say('GET /', fetch(k.url + '/api/v2')); await say('GET /api/v1', fetch(k.url + '/api/v1/emails'));
  for (const p of ['mail_from=a@x.test', 'mail_from=&rcpt_to=a@x.test', 'mail_from=a@x.test&rcpt_to=a@x.test', 'mail_from=a@x.test&rcpt_to=nope', 'mail_from=a@x.test&rcpt_to=a@x.test%0d%0aX', 'mail_from=a@x.test&mail_from=b@x.test&rcpt_to=a@x.test', 'mail_from=a@x.test&rcpt_to=a@x.test&source=campaign', 'mail_from=a@x.test&' + Array.from({ length: 51 }, (_, i) => `rcpt_to=a${i}@x.test`).join('&'), 'mail_from=a@x.test&' + Array.from({ length: 1001 }, (_, i) => `rcpt_to=a${i}@x.test`).join('&')])
    await say('raw ' + p.slice(0, 60), raw('From: a@x.test\r\n\r\nhi', { 'content-type': 'message/rfc822' }, '/emails/raw?' + p));
  for (const b of ['', 'no headers', 'A: b\r\n\r\na\0b', 'A: b\n\r\nx\r\n', 'A: b\r\nnope\r\n\r\nx', '\r\nbody', 'X-Koltrix-Idempotency-Key: a b\r\n\r\n', 'Subject: \xff\r\n\r\nx', '{}'])
    await say('rawbody ' + JSON.stringify(b), raw(Buffer.from(b, 'latin1'), { 'content-type': 'message/rfc822' }, '/emails/raw?mail_from=a@x.test&rcpt_to=a@x.test'));
  await say('raw json type', raw('{}', undefined, '/emails/raw?mail_from=a@x.test&rcpt_to=a@x.test'));
  for (const key of ['', 'a b', '"a b"', '""', '"a', 'x'.repeat(256), 'x'.repeat(255), '"' + 'x'.repeat(255) + '"', 'ü', '"a\\b"', 'a, b'])
    await say('idem ' + key.slice(0, 12), raw(JSON.stringify(ok), { 'content-type': 'application/json', 'idempotency-key': key }));
  for (const a of ['', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer ' + 'k'.repeat(300), 'Bearer a b', 'bearer ' + t.key, t.key, 'Bearer kx_unknown00000000', 'Bearer ü'])
    await say('auth ' + a.slice(0, 20), fetch(k.url + '/api/v2/account', { headers: { authorization: a } }));
  for (const w of [{ url: 'x' }, { url: 'ftp://x.test' }, { url: 'https://h.test/\r\n' }, { url: 'https://h.test', event_types: [] }, { url: 'https://h.test', event_types: ['x'] }, { url: 'https://h.test', event_types: ['email.sent', 'email.sent'] }, { url: 'https://h.test', description: 'x'.repeat(501) }, {}, { url: 'https://h.test', x: 1 }, { url: 'https://10.0.0.1/' }, {url: 5}, { url: 'https://h.test/ü' }, { url: 'https://h.test', event_types: null, description: null }])
    await say('wh ' + JSON.stringify(w).slice(0, 50), json(w, '/webhooks'));
  for (const s of [{}, { address: 'x' }, { address: 'a@b.test', reason: 'x' }, { address: 'a@b.test', expires_at: '2026-12-31T23:59:60Z' }, { address: 'a@b.test', expires_at: '2020-01-01T00:00:00Z' }, { address: 'İ'.repeat(32) + '@x.test' }, { address: '"a b"@x.test' }, { address: 'a/b@x.test' }, { address: 'ünï@ünïcode.test' }, { address: 'a@b.test', expires_at: null }, { address: 'Ada <a@b.test>' }])
    await say('supp ' + JSON.stringify(s).slice(0, 50), json(s, '/suppressions'));
  for (const s of [{}, { name: '' }, { name: 'x'.repeat(101) }, { name: 'a\nb' }, { name: 'a', scope: 'x' }, { name: 'a', scope: null }, { name: 'a', tenant_id: 'x' }])
    await say('key ' + JSON.stringify(s).slice(0, 50), json(s, '/api-keys'));
  for (const p of ['/suppressions/a%2Fb@x.test', '/suppressions/%22a%20b%22@x.test', '/suppressions/' + encodeURIComponent('ünï@ünïcode.test'), '/suppressions?limit=1']) await say('GET ' + p, t.fetch(p));
  await say('GET body', t.fetch('/account', { method: 'DELETE', body: '{' , headers: {'content-type':'application/json'}}));
  await say('many errors', json({ ...ok, to: Array.from({ length: 200_000 }, () => 1) }));
  await say('many unknown', json(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => ['k' + i, 1]))));
  await say('many batch', json({ emails: Array.from({ length: 200_000 }, () => 1) }, '/emails/batch'));
}, 120_000);
