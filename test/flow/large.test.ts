import { createHash, randomBytes } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import type { Tenant } from '../support/tenant.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** As large as a request of 25 MB can carry in base64. */
const file = randomBytes(18.5 * 1024 * 1024);

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

async function arrivedFile(acme: Tenant, email_id: string): Promise<Buffer> {
  expect((await acme.settled(email_id)).status).toBe('delivered');
  const [captured] = await acme.captured();
  const { attachments } = await acme.koltrix.testMessages.get(captured?.id ?? '');
  expect(attachments).toMatchObject([{ filename: 'film.bin', size_bytes: file.length }]);
  return Buffer.from(attachments[0]?.content ?? '', 'base64');
}

test('the largest attachment that REST takes arrives as it was', async () => {
  const acme = await koltrix.tenant();
  const { id } = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['ada@example.test'],
    subject: 'A film',
    body_text: 'See attachment',
    attachments: [{ filename: 'film.bin', content: file.toString('base64'), content_type: 'application/octet-stream' }],
  });
  expect(sha256(await arrivedFile(acme, id))).toBe(sha256(file));
}, 180_000);

test('a message of the relay’s full size arrives by SMTP, byte for byte', async () => {
  const acme = await koltrix.tenant();
  const transport = createTransport({
    host: '127.0.0.1',
    port: koltrix.smtp_port,
    ignoreTLS: true,
    auth: { user: 'any', pass: acme.key },
  });
  const lines = (
    file
      .subarray(0, 18 * 1024 * 1024)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\r\n');
  const source = `From: hello@acme.example\r\nTo: ada@example.test\r\nSubject: A film\r\n\r\n.dots\r\n${lines}\r\n`;
  const { response } = await transport.sendMail({
    envelope: { from: 'hello@acme.example', to: ['ada@example.test'] },
    raw: source,
  });
  transport.close();
  await acme.settled(/em_\w+/.exec(response)?.[0] ?? '');
  const [captured] = await acme.captured();
  const arrived = Buffer.from(await acme.koltrix.testMessages.getSource(captured?.id ?? ''));
  const body = arrived.subarray(arrived.indexOf('\r\n\r\n'));
  expect(sha256(body)).toBe(sha256(Buffer.from(source.slice(source.indexOf('\r\n\r\n')))));
}, 180_000);
