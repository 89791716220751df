import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AcceptedEmail, Email } from 'koltrix';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CommandLineOptions, jsonLines, runCommand } from '../../support/command-line.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';
import { until } from '../../support/until.ts';

let koltrix: Installation;
let folder: string;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  folder = await mkdtemp(join(tmpdir(), 'koltrix-send-'));
});
afterAll(async () => {
  await koltrix[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

let acme: Tenant;
beforeEach(async () => {
  acme = await koltrix.tenant();
});

const send = (args: string[], options: CommandLineOptions = {}) =>
  runCommand(['send', ...args], {
    cwd: folder,
    ...options,
    env: { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url },
  });
const file = async (name: string, content: string | Uint8Array) => {
  await writeFile(join(folder, name), content);
  return name;
};
const envelope = ['--from', 'Acme <hello@acme.example>', '--to', 'ada@example.test'];
const letter = [...envelope, '--subject', 'Grüße'];

async function sent(args: string[], options?: CommandLineOptions): Promise<Email> {
  const { code, stdout, stderr } = await send([...args, '--json'], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [accepted] = jsonLines(stdout) as [AcceptedEmail];
  return acme.koltrix.emails.get(accepted.id);
}

describe('send', () => {
  test('says what was accepted, for whom', async () => {
    await acme.suppress('bob@example.test');
    const { code, stdout, stderr } = await send([...letter, '--bcc', 'bob@example.test', '--text', 'Hello']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [{ id } = { id: '' }] = (await acme.koltrix.emails.list()).data;
    expect(stdout.split('\n')).toEqual([
      `✓ Accepted ${id}`,
      '  queued      ada@example.test',
      '  suppressed  bob@example.test bcc',
      '',
    ]);
  });

  test('takes every field of a message from its options', async () => {
    await file('invoice.pdf', new Uint8Array([0, 255, 10]));
    await file('logo.png', 'PNG');
    await file('body.html', '<p>Hello <img src="cid:logo">');
    const email = await sent([
      ...letter,
      ...['--to', 'Eve <eve@example.test>'],
      ...['--cc', 'carl@example.test', '--bcc', 'bob@example.test', '--reply-to', 'desk@acme.example'],
      ...['--text', 'Hello', '--html-file', 'body.html', '--attach', 'invoice.pdf', '--inline', 'logo=logo.png'],
      ...['--header', 'X-Order: 47:11', '--tag', 'order=4711', 'kind=a=b', '--metadata', 'user=7'],
      ...['--bulk', '--track-opens', '--track-clicks', '--schedule', '2h'],
    ]);
    expect(email).toMatchObject({
      from: 'Acme <hello@acme.example>',
      to: ['ada@example.test', 'Eve <eve@example.test>'],
      cc: ['carl@example.test'],
      bcc: ['bob@example.test'],
      reply_to: ['desk@acme.example'],
      subject: 'Grüße',
      body_text: 'Hello',
      body_html: '<p>Hello <img src="cid:logo">',
      headers: { 'X-Order': '47:11' },
      attachments: [
        { filename: 'invoice.pdf', size_bytes: 3 },
        { filename: 'logo.png', content_id: 'logo' },
      ],
      tags: { order: '4711', kind: 'a=b' },
      metadata: { user: '7' },
      bulk: true,
      track_opens: true,
      track_clicks: true,
      status: 'scheduled',
    });
    const ahead_ms = Date.parse(email.scheduled_at ?? '') - Date.now();
    expect(ahead_ms).toBeGreaterThan(7_000_000);
    expect(ahead_ms).toBeLessThanOrEqual(7_200_000);
  });

  test.each([
    ['as text, when nothing says otherwise', [], { body_text: 'Grüße\nAda\n', body_html: null }],
    ['as HTML', ['--html-file', '-'], { body_text: null, body_html: 'Grüße\nAda\n' }],
    ['as text beside HTML', ['--html', '<p>Hi', '--text-file', '-'], { body_text: 'Grüße\nAda\n', body_html: '<p>Hi' }],
  ])('takes what is piped in %s', async (_, args, bodies) => {
    expect(await sent([...letter, ...args], { stdin: 'Grüße\nAda\n' })).toMatchObject(bodies);
  });

  test('sends a raw message as it is to the envelope’s recipients', async () => {
    const raw =
      'From: Acme <hello@acme.example>\r\nTo: list@example.test\r\nSubject: Raw\r\nX-Mine: 1\r\n\r\nWhole\r\n';
    const args = ['--from', 'bounces@acme.example', '--to', 'ada@example.test', '--raw'];
    await sent([...args, await file('message.eml', raw)]);
    await sent([...args, '-'], { stdin: raw });
    const captured = await until(async () => {
      const all = await acme.captured('ada@example.test');
      return all.length === 2 && all;
    });
    for (const mail of captured) {
      expect(mail).toMatchObject({ mail_from: 'bounces@acme.example', subject: 'Raw', to: ['list@example.test'] });
      expect(mail.raw).toContain('X-Mine: 1\r\n');
    }
  });

  test('sends once under one idempotency key, and says so', async () => {
    const args = [...letter, '--text', 'Hello', '--idempotency-key', 'invoice-4711'];
    const first = await send([...args, '--json']);
    expect(jsonLines(first.stdout)).toMatchObject([{ replayed: false }]);
    expect(await send(args)).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was sent again') });
    expect(jsonLines((await send([...args, '--json'])).stdout)).toMatchObject([{ replayed: true }]);
    expect((await acme.koltrix.emails.list()).data).toHaveLength(1);
    const other = await send([...letter, '--text', 'Other', '--idempotency-key', 'invoice-4711']);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('422 · idempotency-key-reused') });
  });
});

describe('send --wait', () => {
  test('ends with 0 once everybody has it', async () => {
    const { code, stdout, stderr } = await send([...letter, '--text', 'Hello', '--wait']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^✓ Accepted em_/);
    expect(stdout).toMatch(/^ {2}delivered {3}ada@example\.test/);
  });

  test('ends with 1 when somebody does not get it, and says why', async () => {
    const args = ['--from', 'hello@acme.example', '--to', 'ada@example.test', 'bounced@simulator.test', '-s', 'Hello'];
    const { code, stdout, stderr } = await send([...args, '--text', 'Hello', '--wait', '20s', '--json']);
    expect(code).toBe(1);
    expect(jsonLines(stdout)).toMatchObject([{ messages: [{ status: 'delivered' }, { status: 'bounced' }] }]);
    expect(jsonLines(stderr)).toMatchObject([{ error: { detail: 'bounced@simulator.test: bounced.' } }]);
  });

  test('ends with 1 when it takes too long', async () => {
    const { code, stderr } = await send([...letter, '--text', 'Hello', '--schedule', '1h', '--wait', '1s']);
    expect(code).toBe(1);
    expect(stderr).toContain('still under way after 1 s');
  });
});

describe('send refuses', () => {
  test.each([
    ['no sender', ['--to', 'a@example.test', '-s', 'x', '--text', 'y'], 'Say who it is from: --from'],
    ['no recipient', ['--from', 'a@example.test', '-s', 'x', '--text', 'y'], 'Say who it is for: --to'],
    ['no subject', [...envelope, '--text', 'y'], 'Say what it is about: --subject'],
    ['an empty pipe for a body', letter, 'There is no body'],
    ['a file that is not there', [...letter, '--text-file', 'nowhere.txt'], 'nowhere.txt does not exist'],
    ['a directory', [...letter, '--text', 'y', '--attach', '.'], '. is a directory'],
    ['two texts', [...letter, '--text', 'y', '--text-file', 'z'], "cannot be used with option '--text"],
    ['stdin twice', [...letter, '--text-file', '-', '--html-file', '-'], 'Only one of'],
    ['an attachment without a name', [...letter, '--text', 'y', '--attach', '-'], 'An attachment needs a file'],
    ['a raw message with a subject', [...letter, '--raw', 'm.eml'], "option '--raw <file>' cannot be used with"],
    ['a tag without a value', [...letter, '--text', 'y', '--tag', 'order'], '--tag wants name=value, not order'],
    [
      'a header without a colon',
      [...letter, '--text', 'y', '--header', 'X'],
      '--header wants name: value on one line, not X',
    ],
    ['two headers in one', [...letter, '--text', 'y', '--header', 'X-A: 1\r\nBcc: eve@example.test'], 'on one line'],
    ['a key that is none', [...letter, '--text', 'y', '-k', 'my key'], 'visible ASCII characters'],
    ['a time that is none', [...letter, '--text', 'y', '--schedule', 'soon'], 'Say it as'],
    ['a number for a time', [...letter, '--text', 'y', '--schedule', '3'], 'Say it as'],
  ])('%s, as wrong usage, and sends nothing', async (_, args, words) => {
    const { code, stdout, stderr } = await send(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect((await acme.koltrix.emails.list()).data).toEqual([]);
  });

  test('what the server refuses, with a pointer to each fault', async () => {
    const { code, stderr } = await send(['--from', 'nobody', '--to', 'ada', '-s', 'x', '--text', 'y']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^✗ The request has 2 faults/);
    expect(stderr).toMatch(/^ {2}\/from {2}must be an email address/m);
    expect(stderr).toMatch(/^ {2}\/to\/0 {2}must be an email address/m);
    expect(stderr).toMatch(/^ {2}400 · invalid-request · req_\w+$/m);
  });
});
