import type { TestMessage } from 'koltrix';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jsonLines, runCommand, startCommand } from '../../support/command-line.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';
import { until } from '../../support/until.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

let acme: Tenant;
let env: Record<string, string>;
beforeEach(async () => {
  acme = await koltrix.tenant();
  env = { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url };
});

const letter = { from: 'hello@acme.example', subject: 'Welcome', body_text: 'Confirm: https://acme.example/c/1' };
async function given(to: string, more: object = {}): Promise<TestMessage> {
  await acme.koltrix.emails.send({ ...letter, to: [to], ...more });
  return until(async () => (await acme.captured(to))[0]);
}
const inbox = (...args: string[]) => runCommand(['inbox', ...args], { env });

describe('inbox list', () => {
  test('prints captured mail, newest first', async () => {
    const first = await given('ada@example.test');
    const second = await given('bob@example.test');
    const { code, stdout } = await inbox('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${second.id} .*bob@example.test +Welcome\n${first.id} .*ada@example.test`));
    const json = await inbox('list', '--json', '--to', 'ada@example.test', '--since', '5m');
    expect(jsonLines(json.stdout)).toEqual(await acme.captured('ada@example.test'));
  });
});

describe('inbox show', () => {
  test('shows the envelope, the text, the links and the attachments', async () => {
    const attachments = [{ filename: 'a.pdf', content: 'AAAA' }];
    const { id } = await given('ada@example.test', { attachments });
    const { code, stdout } = await inbox('show', id);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Welcome\n/);
    expect(stdout).toMatch(/^Envelope {2}.* → ada@example\.test$/m);
    expect(stdout).toMatch(/^Attached {2}a\.pdf \(3 bytes\)$/m);
    expect(stdout).toContain('\nConfirm: https://acme.example/c/1\n\nLinks\n  https://acme.example/c/1\n');
    expect(jsonLines((await inbox('show', id, '--json')).stdout)).toEqual([await acme.koltrix.testMessages.get(id)]);
  });

  test('gives the HTML and the source, byte for byte', async () => {
    const { id } = await given('ada@example.test', { body_html: '<p>Grüße' });
    expect((await inbox('show', id, '--html')).stdout.trimEnd()).toBe('<p>Grüße');
    const source = await acme.koltrix.testMessages.getSource(id);
    expect((await inbox('show', id, '--source')).stdout).toBe(Buffer.from(source).toString('utf8'));
    const { id: textual } = await given('bob@example.test');
    expect(await inbox('show', textual, '--html')).toMatchObject({ code: 1, stdout: '' });
    expect(await inbox('show', textual, '--html', '--source')).toMatchObject({ code: 2 });
    expect(await inbox('show', 'tm_01k9zq7d8ye2wbn5w0c8v7x3mh')).toMatchObject({ code: 1 });
  });
});

describe('inbox wait', () => {
  test('shows the next mail for somebody', async () => {
    await given('ada@example.test', { subject: 'Before' });
    await using waiting = startCommand(['inbox', 'wait', '--to', 'ada@example.test', '--json'], { env });
    // Nothing tells when it waits: mail goes out until it has seen some.
    await until(
      async () => {
        await given('bob@example.test', { subject: 'Other' });
        await given('ada@example.test', { subject: 'After' });
        return waiting.stdout() !== '';
      },
      { every_ms: 500 },
    );
    const { code, stdout, stderr } = await waiting.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonLines(stdout)).toMatchObject([{ subject: 'After', links: ['https://acme.example/c/1'] }]);
  });

  test('takes the first mail of all for the next one', async () => {
    await using waiting = startCommand(['inbox', 'wait'], { env });
    await until(
      async () => {
        await acme.koltrix.emails.send({ ...letter, to: ['ada@example.test'] });
        return waiting.stdout() !== '';
      },
      { every_ms: 500 },
    );
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Welcome\n/) });
  });

  test('counts mail that has come already, when told so, the first one first', async () => {
    await given('ada@example.test', { subject: 'First' });
    await acme.koltrix.emails.send({ ...letter, to: ['ada@example.test'], subject: 'Second' });
    await until(async () => (await acme.captured()).length === 2);
    expect(await inbox('wait', '--since', '5m')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^First\n/) });
  });

  test('ends with 1 when none comes in time', async () => {
    const { code, stdout, stderr } = await inbox('wait', '--to', 'ada@example.test', '--timeout', '1s');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('No mail came within 1 s for ada@example.test.');
  });
});
