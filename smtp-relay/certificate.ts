import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM texts. */
export interface Certificate {
  cert: string;
  key: string;
}

const file_name = 'relay-development.pem';
const day_ms = 86_400_000;
const lifetime_ms = 365 * day_ms;
/** A kept certificate that ends sooner is replaced, so that none ends while it is in use. */
const least_left_ms = 30 * day_ms;

/**
 * A self-signed certificate for `localhost`, for development: the one kept in `directory`, or a new one that is kept
 * there (readable by the owner only). Without a directory it is a new one each time.
 *
 * Rejects when the directory cannot be written.
 */
export async function developmentCertificate(directory: string | undefined, now: Date): Promise<Certificate> {
  if (!directory) return generateCertificate(now);
  const path = join(directory, file_name);
  const kept = parse(await readFile(path, 'utf8').catch(() => ''), now);
  if (kept) return kept;
  const certificate = await generateCertificate(now);
  // Renamed into place, so that a crash or a second process never sees a half of it.
  const unfinished = `${path}.${process.pid}`;
  await mkdir(directory, { recursive: true });
  await writeFile(unfinished, certificate.key + certificate.cert, { mode: 0o600 });
  await rename(unfinished, path);
  return certificate;
}

/** The key and the certificate in one PEM text, if they belong together and stay valid for a while. */
function parse(pem: string, now: Date): Certificate | undefined {
  const key = pem.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/)?.[0];
  const cert = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/)?.[0];
  if (!key || !cert) return undefined;
  try {
    const x509 = new X509Certificate(cert);
    const lasts = x509.validToDate.getTime() - now.getTime() > least_left_ms;
    return lasts && x509.checkPrivateKey(createPrivateKey(key)) ? { key, cert } : undefined;
  } catch {
    return undefined;
  }
}

async function generateCertificate(now: Date): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - day_ms),
    notAfterDate: new Date(now.getTime() + lifetime_ms),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { key: `${key.trim()}\n`, cert: `${cert.trim()}\n` };
}
