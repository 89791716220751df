import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLoopback, mustEncryptFirst } from '../admission.ts';
import { developmentCertificate } from '../certificate.ts';
import { givenRelay } from './support/given.ts';
import { connect, type SmtpClient } from './support/smtp-client.ts';

const now = new Date();
const in340Days = new Date(now.getTime() + 340 * 86_400_000);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'koltrix-relay-'));
});
afterEach(() => rm(directory, { recursive: true }));

const fingerprint = ({ socket }: SmtpClient) => (socket as TLSSocket).getPeerCertificate().fingerprint256;

describe('STARTTLS', () => {
  test('upgrades with a self-signed certificate, and AUTH works within', async () => {
    const client = await (await givenRelay()).client();
    await client.command('EHLO client.test');
    await client.startTls();
    expect((client.socket as TLSSocket).getProtocol()).toMatch(/^TLSv1\.[23]$/);
    expect(await client.logIn()).toMatch(/^235 /);
    expect(await client.command('EHLO client.test')).not.toContain('STARTTLS');
  });

  test('uses the certificate that it is given', async () => {
    const tls = await developmentCertificate(undefined, now);
    const client = await (await givenRelay({}, { tls, certificate_dir: directory })).client();
    await client.command('EHLO client.test');
    await client.startTls();
    expect((client.socket as TLSSocket).getPeerX509Certificate()?.toString()).toBe(tls.cert);
    expect(await readdir(directory)).toEqual([]);
  });

  test('drops commands that were slipped in before the handshake', async () => {
    const given = await givenRelay();
    const client = await given.client();
    await client.command('EHLO client.test');
    const auth = `AUTH PLAIN ${Buffer.from('\0any\0kx_send').toString('base64')}`;
    const upgraded = client.startTls(`STARTTLS\r\nEHLO injected\r\n${auth}`);
    await upgraded;
    expect(await client.command('MAIL FROM:<app@acme.test>')).toMatch(/^503 /);
    expect(given.api.lookUps).toBe(0);
  });

  test('forgets the login from before', async () => {
    const client = await (await givenRelay()).loggedIn();
    await client.startTls();
    await client.command('EHLO client.test');
    expect(await client.command('MAIL FROM:<app@acme.test>')).toMatch(/^530 5\.7\.0 /);
  });

  test('with a certificate that does not fit its key stops the start', async () => {
    const [one, other] = await Promise.all([
      developmentCertificate(undefined, now),
      developmentCertificate(undefined, now),
    ]);
    await expect(givenRelay({}, { tls: { cert: one.cert, key: other.key } })).rejects.toThrow();
  });
});

describe('the development certificate', () => {
  test('is kept, readable by the owner only, and used again', async () => {
    const first = await developmentCertificate(directory, now);
    expect(await developmentCertificate(directory, now)).toEqual(first);
    const [file = ''] = await readdir(directory);
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);

    const client = await (await givenRelay({}, { certificate_dir: directory })).client();
    await client.startTls();
    expect(first.cert).toContain('BEGIN CERTIFICATE');
    const again = await (await givenRelay({}, { certificate_dir: directory })).client();
    await again.startTls();
    expect(fingerprint(again)).toBe(fingerprint(client));
  });

  test('is replaced before it ends', async () => {
    const first = await developmentCertificate(directory, now);
    expect((await developmentCertificate(directory, in340Days)).cert).not.toBe(first.cert);
  });

  test.each(['', 'garbage', '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n'])(
    'is replaced when the file holds %j',
    async (text) => {
      await developmentCertificate(directory, now);
      const [file = ''] = await readdir(directory);
      await writeFile(join(directory, file), text);
      const { cert } = await developmentCertificate(directory, now);
      expect(await readFile(join(directory, file), 'utf8')).toContain(cert.trim());
    },
  );
});

describe('a login in clear', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['192.0.2.1', false],
    ['::ffff:192.0.2.1', false],
    ['2001:db8::1', false],
    ['128.0.0.1', false],
    ['', false],
  ])('from %s: allowed is %s', (address, allowed) => {
    expect(isLoopback(address)).toBe(allowed);
    expect(mustEncryptFirst(false, address)).toBe(!allowed);
    expect(mustEncryptFirst(true, address)).toBe(false);
  });

  const outer = Object.values(networkInterfaces())
    .flat()
    .find((it) => it?.family === 'IPv4' && !it.internal)?.address;

  test.skipIf(!outer)('is neither offered nor taken from outside; after STARTTLS it is', async () => {
    const given = await givenRelay({}, { host: '0.0.0.0' });
    const client = await connect(given.relay.port, outer);
    expect(await client.command('EHLO client.test')).not.toContain('AUTH');
    expect(await client.command('AUTH LOGIN')).toMatch(/^538 5\.7\.11 /);
    expect(await client.command('MAIL FROM:<app@acme.test>')).toBe('530 5.7.0 Must issue STARTTLS first');
    expect(given.api.lookUps).toBe(0);
    await client.startTls();
    expect(await client.command('EHLO client.test')).toContain('AUTH PLAIN LOGIN');
    expect(await client.logIn()).toMatch(/^235 /);
    client.socket.destroy();
  });
});
