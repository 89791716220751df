import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyDkim } from '../support/authenticate-mail.ts';
import { type FakeDns, givenDns } from '../support/dns.ts';
import { doors } from '../support/doors.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenSendingDomain } from '../support/sending-domain.ts';
import type { Tenant } from '../support/tenant.ts';
import { until } from '../support/until.ts';

let dns: FakeDns;
let koltrix: Installation;
beforeAll(async () => {
  dns = await givenDns();
  koltrix = await givenKoltrix({ env: { KOLTRIX_DNS_SERVERS: dns.server } });
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});

/** The captured copies of an email, each as its receiver has it, once there are as many. */
async function copies(tenant: Tenant, email_id: string, count = 1): Promise<Uint8Array[]> {
  const found = await until(async () => {
    const mine = (await tenant.captured()).filter((message) => message.email_id === email_id);
    return mine.length === count ? mine : undefined;
  });
  return Promise.all(found.map(({ id }) => tenant.koltrix.testMessages.getSource(id)));
}

describe.each(doors)('a message by $name', ({ submit }) => {
  test('is signed in the name of its domain, each copy on its own', async () => {
    const acme = await koltrix.tenant();
    const { dkim_keys } = await givenSendingDomain(acme, dns);
    const id = await submit(acme, { to: ['ada@example.test', 'bob@example.test'], text: 'Hällo  \r\n\r\n' });
    for (const source of await copies(acme, id, 2)) {
      expect(await verifyDkim(dns, source)).toEqual([
        expect.objectContaining({ result: 'pass', domain: 'acme.example', selector: dkim_keys[0]?.selector }),
      ]);
      expect(Buffer.from(source).toString()).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed;/m);
    }
  });

  test('is not signed without a verified domain of its own', async () => {
    const [acme, umbrella] = [await koltrix.tenant(), await koltrix.tenant()];
    await givenSendingDomain(umbrella, dns, 'umbrella.example');
    await acme.koltrix.domains.create({ name: 'acme.example' });
    for (const from of ['hello@acme.example', 'hello@umbrella.example', 'hello@sub.acme.example']) {
      const id = await submit(acme, { from, to: ['ada@example.test'] });
      for (const source of await copies(acme, id)) expect(await verifyDkim(dns, source)).toEqual([]);
    }
  });
});

describe('what is signed', () => {
  test('is every part of a mail with text, HTML, an inline image and an attachment', async () => {
    const acme = await koltrix.tenant();
    await givenSendingDomain(acme, dns);
    const { id } = await acme.koltrix.emails.send({
      from: 'Größe <hello@acme.example>',
      to: ['ada@example.test'],
      cc: ['bob@example.test'],
      reply_to: ['desk@acme.example'],
      subject: 'Grüße aus Köln – und noch ein langer Betreff, der gefaltet werden muss, weil er nicht passt',
      body_text: 'Hallo \n\n\n',
      body_html: `<p>${'lang '.repeat(500)}</p><img src="cid:logo">`,
      headers: {
        'List-Unsubscribe': '<https://acme.example/u/1>',
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
      attachments: [
        { filename: 'logo.png', content: Buffer.alloc(3_000, 7).toString('base64'), content_id: 'logo' },
        { filename: 'große.pdf', content: Buffer.alloc(700_000, 1).toString('base64') },
      ],
    });
    const [source] = await copies(acme, id, 2);
    const [verdict] = await verifyDkim(dns, source as Uint8Array);
    expect(verdict).toMatchObject({ result: 'pass' });
    const own = Buffer.from(source as Uint8Array)
      .toString()
      .replaceAll(/\s/g, '');
    const signed = /;h=([^;]+);bh=/.exec(own)?.[1]?.split(':') ?? [];
    for (const name of ['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to'])
      expect(
        signed.filter((header) => header === name),
        name,
      ).toHaveLength(2);
    expect(signed).toEqual(
      expect.arrayContaining([
        'list-unsubscribe',
        'list-unsubscribe-post',
        'feedback-id',
        'content-type',
        'mime-version',
      ]),
    );
  });

  test('is raw mail byte for byte: 8-bit text, long lines, folded and repeated headers, another’s signature', async () => {
    const acme = await koltrix.tenant();
    await givenSendingDomain(acme, dns);
    const source = [
      'Received: from laptop by desk; Sun, 22 Nov 2026 08:00:00 +0000',
      'DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; bh=AAAA; b=AAAA',
      'FROM:',
      '\tAcme  <hello@acme.example>',
      'To: ada@example.test',
      'Subject : Gr\xc3\xa0',
      'References: <1@acme.example>',
      '   <2@acme.example>',
      'Comments: one',
      'Comments: two',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      '  \xc3\xa0 \t',
      'x'.repeat(900),
      '.',
      '..hidden',
      ' ',
      '',
      '',
    ].join('\r\n');
    const transport = createTransport({
      host: '127.0.0.1',
      port: koltrix.smtp_port,
      ignoreTLS: true,
      auth: { user: 'a', pass: acme.key },
    });
    const { response } = await transport.sendMail({
      envelope: { from: 'hello@acme.example', to: ['ada@example.test'] },
      raw: Buffer.from(source, 'latin1'),
    });
    transport.close();
    const [copy] = await copies(acme, /em_\w+/.exec(response)?.[0] as string);
    const verdicts = await verifyDkim(dns, copy as Uint8Array);
    expect(verdicts.find(({ domain }) => domain === 'acme.example')).toMatchObject({ result: 'pass' });
    expect(verdicts.find(({ domain }) => domain === 'other.example')?.result).not.toBe('pass');
    expect(Buffer.from(copy as Uint8Array).toString('latin1')).toContain(source.slice(source.indexOf('\r\n\r\n')));
  });

  test('ends when the domain is deleted', async () => {
    const acme = await koltrix.tenant();
    const { id } = await givenSendingDomain(acme, dns);
    await acme.koltrix.domains.delete(id);
    const mail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hello' };
    const [source] = await copies(acme, (await acme.koltrix.emails.send(mail)).id);
    expect(await verifyDkim(dns, source as Uint8Array)).toEqual([]);
  });
});
