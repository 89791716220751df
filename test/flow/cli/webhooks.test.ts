import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandLineOptions, jsonLines, runCommand } from '../../support/command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koltrix-verify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const event = { id: 'evt_01k9zq7d8ye2wbn5w0c8v7x3mc', type: 'email.sent', data: { subject: 'Grüße' } };
const body = JSON.stringify(event);

function signed({ secret = SECRET, age_s = 0 } = {}) {
  const at = new Date(Date.now() - age_s * 1_000);
  return {
    id: event.id,
    timestamp: String(Math.floor(at.getTime() / 1_000)),
    signature: new StandardWebhook(secret).sign(event.id, at, body),
  };
}
const flags = ({ id, timestamp, signature }: ReturnType<typeof signed>) => [
  '--id',
  id,
  '--timestamp',
  timestamp,
  '--signature',
  signature,
];
const verify = (args: string[], options: CommandLineOptions = {}) =>
  runCommand(['webhooks', 'verify', ...args], {
    stdin: body,
    env: { KOLTRIX_WEBHOOK_SECRET: SECRET },
    cwd: folder,
    ...options,
  });

describe('webhooks verify', () => {
  test('tells a good signature, with no key and no server', async () => {
    expect(await verify(flags(signed()))).toEqual({
      code: 0,
      signal: null,
      stdout: `✓ The signature is good: email.sent ${event.id}\n`,
      stderr: '',
    });
    const { stdout } = await verify([...flags(signed()), '--json']);
    expect(jsonLines(stdout)).toEqual([{ verified: true, event }]);
  });

  test('reads the body from a file, and headers as they come', async () => {
    const { id, timestamp, signature } = signed();
    const headers = { 'Webhook-Id': id, 'webhook-timestamp': timestamp, 'WEBHOOK-SIGNATURE': signature };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    await writeFile(join(folder, 'body.json'), body);
    await writeFile(join(folder, 'headers.json'), JSON.stringify(headers));
    await writeFile(join(folder, 'headers.txt'), ['POST /hook HTTP/1.1', 'Host: localhost', ...lines, ''].join('\r\n'));
    const stdin = 'something else';
    for (const args of [
      ['--header', ...lines],
      ['-H', lines[0] ?? '', '-H', lines[1] ?? '', '-H', lines[2] ?? ''],
      ['--headers', 'headers.json'],
      ['--headers', 'headers.txt'],
    ]) {
      expect(await verify(['body.json', ...args], { stdin })).toMatchObject({ code: 0, stderr: '' });
    }
  });

  test('takes several secrets while one is being replaced', async () => {
    const other = `whsec_${randomBytes(32).toString('base64')}`;
    for (const secret of [SECRET, other]) {
      expect(await verify([...flags(signed({ secret })), '--secret', other, SECRET])).toMatchObject({ code: 0 });
      const env = { KOLTRIX_WEBHOOK_SECRET: `${other},${SECRET}` };
      expect(await verify(flags(signed({ secret })), { env })).toMatchObject({ code: 0 });
    }
  });

  test('refuses what was changed, and what another secret has signed', async () => {
    const other = `whsec_${randomBytes(32).toString('base64')}`;
    for (const answer of [
      await verify(flags(signed()), { stdin: `${body}\n` }),
      await verify(flags(signed({ secret: other }))),
      await verify(flags({ ...signed(), id: 'evt_other' })),
    ]) {
      expect(answer).toMatchObject({ code: 1, stdout: '' });
      expect(answer.stderr).toMatch(
        /^✗ No signature in webhook-signature fits the secret\.\n {2}→ Is it this endpoint/,
      );
      expect(answer.stderr).not.toContain(SECRET);
    }
    const { stderr } = await verify([...flags(signed({ secret: other })), '--json']);
    expect(jsonLines(stderr)).toMatchObject([{ error: { reason: 'signature-mismatch', exit_code: 1 } }]);
  });

  test('refuses what is old, unless its age is allowed', async () => {
    const old = flags(signed({ age_s: 3_600 }));
    expect(await verify(old)).toMatchObject({ code: 1, stderr: expect.stringMatching(/36\d\d s old/) });
    expect(await verify([...old, '--tolerance', '2h'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['no secret', [], {}, 'There is no secret'],
    ['a secret that is none', [], { KOLTRIX_WEBHOOK_SECRET: 'whsec_' }, 'The secret must be whsec_'],
    ['a file that is not there', ['nowhere.json'], undefined, 'nowhere.json does not exist'],
    ['headers that are not there', ['--headers', 'nowhere.txt'], undefined, 'nowhere.txt does not exist'],
    ['a header without a colon', ['--header', 'x'], undefined, '--header wants name: value'],
    ['a tolerance that is no time', ['--tolerance', 'long'], undefined, 'Say it as 90s'],
  ])('refuses %s as wrong usage', async (_, args, env, words) => {
    const answer = await verify([...args, ...flags(signed())], env ? { env } : {});
    expect(answer).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
  });

  test('asks for the headers that are missing', async () => {
    const { code, stderr } = await verify(['--id', 'evt_1']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'The request has no header webhook-timestamp.\n  → Pass --id, --timestamp and --signature',
    );
  });
});
