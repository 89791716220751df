import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyDkim } from '../support/authenticate-mail.ts';
import { expectProblem } from '../support/contract.ts';
import { type FakeDns, givenDns } from '../support/dns.ts';
import { doors } from '../support/doors.ts';
import { footprint } from '../support/footprint.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { refused } from '../support/refused.ts';
import { givenSendingDomain, publishRecords } from '../support/sending-domain.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let dns: FakeDns;
let smarthost: Smarthost;
let koltrix: Installation;
beforeAll(async () => {
  dns = await givenDns();
  smarthost = await startSmarthost();
  koltrix = await givenKoltrix({ env: { KOLTRIX_DNS_SERVERS: dns.server, KOLTRIX_DELIVERY: smarthost.url } });
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await smarthost[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});

/** One who may send from nowhere yet. */
const givenNewTenant = () => koltrix.tenant([]);

describe.each(doors)('a mail by $name that is to leave the machine', ({ name, submit }) => {
  const refusal = name === 'SMTP' ? '550 5.7.1' : 'domain-not-verified';
  const mail = (from: string) => ({ from, to: ['ada@example.test'] });

  test('is refused until its domain is verified, and then leaves signed', async () => {
    const acme = await givenNewTenant();
    const before = await footprint(koltrix, acme.id);
    expect(await refused(submit(acme, mail('hello@acme.example')))).toBe(refusal);
    expect(await footprint(koltrix, acme.id)).toEqual(before);

    const domain = await acme.koltrix.domains.create({ name: 'acme.example' });
    expect(await refused(submit(acme, mail('hello@acme.example')))).toBe(refusal);
    publishRecords(dns, domain);
    expect(await refused(submit(acme, mail('hello@acme.example')))).toBe(refusal);
    await acme.koltrix.domains.verify(domain.id);
    const id = await submit(acme, mail('hello@ACME.example'));
    expect((await acme.settled(id)).status).toBe('sent');
    const copy = smarthost.received.at(-1);
    expect(await verifyDkim(dns, copy?.message as Buffer)).toMatchObject([{ result: 'pass', domain: 'acme.example' }]);
  });

  test('is refused from a subdomain, a parent and a neighbour of a verified domain', async () => {
    const acme = await givenNewTenant();
    await givenSendingDomain(acme, dns, 'mail.acme.example');
    for (const domain of [
      'x.mail.acme.example',
      'acme.example',
      'mail.acme.example.evil.example',
      'xmail.acme.example',
    ]) {
      expect(await refused(submit(acme, mail(`hello@${domain}`))), domain).toBe(refusal);
    }
    await submit(acme, mail('hello@mail.acme.example'));
  });

  test('is refused from another tenant’s domain, also when one has claimed it oneself', async () => {
    const [acme, umbrella] = [await givenNewTenant(), await givenNewTenant()];
    await givenSendingDomain(acme, dns, 'two.example');
    expect(await refused(submit(umbrella, mail('hello@two.example')))).toBe(refusal);
    const { id } = await umbrella.koltrix.domains.create({ name: 'two.example' });
    await umbrella.koltrix.domains.verify(id);
    expect(await refused(submit(umbrella, mail('hello@two.example')))).toBe(refusal);
    await submit(acme, mail('hello@two.example'));
  });

  test('is taken from a domain beyond ASCII in either of its forms', async () => {
    const acme = await givenNewTenant();
    await givenSendingDomain(acme, dns, 'bücher.example');
    await submit(acme, mail('hello@xn--bcher-kva.example'));
    if (name !== 'SMTP') await submit(acme, mail('hello@BÜCHER.example'));
  });

  test('is refused once the domain is deleted', async () => {
    const acme = await givenNewTenant();
    const { id } = await givenSendingDomain(acme, dns, 'gone.example');
    await submit(acme, mail('hello@gone.example'));
    await acme.koltrix.domains.delete(id);
    await until(() => refused(submit(acme, mail('hello@gone.example'))).catch(() => undefined));
  });
});

describe('the refusal', () => {
  const post = (tenant: Tenant, path: string, body: unknown, headers: Record<string, string> = {}) =>
    tenant.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const mail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hello' };

  test('says which domain, where in the request, and what to do', async () => {
    const acme = await givenNewTenant();
    const expected = { status: 403, code: 'domain-not-verified' as const, pointer: '/from' };
    await expectProblem(await post(acme, '/emails', mail), { ...expected, says: /acme\.example .* POST \/domains/ });
    const { id } = await acme.koltrix.domains.create({ name: 'acme.example' });
    await expectProblem(await post(acme, '/emails', mail), {
      ...expected,
      says: new RegExp(`not verified yet.*${id}`),
    });
  });

  test('of a batch points at the first email at fault, and takes none of it', async () => {
    const acme = await koltrix.tenant();
    const before = await footprint(koltrix, acme.id);
    const emails = [mail, { ...mail, from: 'hello@other.example' }];
    const expected = { status: 403, code: 'domain-not-verified' as const, pointer: '/emails/1/from' };
    await expectProblem(await post(acme, '/emails/batch', { emails }), expected);
    expect(await footprint(koltrix, acme.id)).toEqual(before);
  });

  test('does not take back what was accepted: the same request under its key is answered as before', async () => {
    const acme = await givenNewTenant();
    const { id } = await givenSendingDomain(acme, dns, 'acme.example');
    const key = { 'idempotency-key': 'once' };
    const first = await (await post(acme, '/emails', mail, key)).json();
    await acme.koltrix.domains.delete(id);
    await until(async () => (await post(acme, '/emails', mail)).status === 403);
    const again = await post(acme, '/emails', mail, key);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(await again.json()).toEqual(first);
    await expectProblem(await post(acme, '/emails', mail, { 'idempotency-key': 'twice' }), {
      status: 403,
      code: 'domain-not-verified',
    });
  });

  test('leaves the key free, so that the same request works once the domain is verified', async () => {
    const acme = await givenNewTenant();
    const key = { 'idempotency-key': 'early' };
    expect((await post(acme, '/emails', mail, key)).status).toBe(403);
    await givenSendingDomain(acme, dns, 'acme.example');
    expect((await post(acme, '/emails', mail, key)).status).toBe(202);
  });

  test('comes through SMTP with its words', async () => {
    const acme = await givenNewTenant();
    const transport = createTransport({
      host: '127.0.0.1',
      port: koltrix.smtp_port,
      ignoreTLS: true,
      auth: { user: 'a', pass: acme.key },
    });
    const error = await transport.sendMail({ from: mail.from, to: mail.to, text: 'Hello' }).catch((reason) => reason);
    transport.close();
    expect(error.response).toMatch(/^550 5\.7\.1 acme\.example is not among your verified domains/);
  });
});

describe('raw mail', () => {
  const raw = (tenant: Tenant, from_headers: string[], mail_from = 'hello@acme.example') =>
    tenant.fetch(`/emails/raw?mail_from=${encodeURIComponent(mail_from)}&rcpt_to=ada@example.test`, {
      method: 'POST',
      headers: { 'content-type': 'message/rfc822' },
      body: [...from_headers, 'Subject: Hello', '', 'Hello', ''].join('\r\n'),
    });
  const notVerified = { status: 403, code: 'domain-not-verified' as const };

  test.each<[string, string[]]>([
    ['alone', ['From: hello@acme.example']],
    ['with a name', ['From: "evil@other.example" <hello@acme.example>']],
    ['folded', ['From: Acme', '\t<hello@acme.example>']],
    ['twice in one header', ['From: Ada <ada@acme.example>, Bob <bob@acme.example>']],
    ['not at all, for then the envelope’s is written', []],
  ])('is taken with its From %s', async (_, headers) => {
    expect((await raw(await koltrix.tenant(), headers)).status).toBe(202);
  });

  test.each<[string, string[]]>([
    ['of another domain', ['From: hello@other.example']],
    ['of another domain in odd letters', ['fROM :\t<hello@OTHER.example>']],
    ['of two domains', ['From: hello@acme.example, ceo@other.example']],
    ['of two domains in a group', ['From: Team: hello@acme.example, ceo@other.example;']],
    ['given twice', ['From: hello@acme.example', 'From: ceo@other.example']],
    ['given twice, the good one last', ['From: ceo@other.example', 'From: hello@acme.example']],
    ['folded to hide a domain', ['From: hello@acme.example,', ' ceo@other.example']],
    ['of a subdomain', ['From: hello@sub.acme.example']],
  ])('is refused with a From %s', async (_, headers) => {
    const acme = await koltrix.tenant();
    await expectProblem(await raw(acme, headers), { ...notVerified, pointer: '' });
  });

  test.each<[string, string[]]>([
    ['no address', ['From: somebody']],
    ['nothing', ['From:']],
    ['an address and something else', ['From: hello@acme.example, somebody']],
  ])('is refused with a From that holds %s', async (_, headers) => {
    const acme = await koltrix.tenant();
    await expectProblem(await raw(acme, headers), {
      status: 400,
      code: 'invalid-request',
      pointer: '',
      says: /From header/,
    });
  });

  test('is refused with an envelope of another domain', async () => {
    const acme = await koltrix.tenant();
    const answer = await raw(acme, ['From: hello@acme.example'], 'bounce@other.example');
    await expectProblem(answer, { ...notVerified, pointer: '?mail_from', says: /^other\.example/ });
  });
});

test('in capture mode mail is taken from any domain', async () => {
  await using capture = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api', KOLTRIX_DNS_SERVERS: dns.server } });
  const acme = await capture.tenant();
  const mail = { from: 'hello@nowhere.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hello' };
  expect((await acme.koltrix.emails.send(mail)).status).toBe('queued');
});
