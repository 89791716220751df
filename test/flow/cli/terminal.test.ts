import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../support/command-line.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import { need } from '../../support/programs.ts';
import type { Tenant } from '../../support/tenant.ts';
import { startTerminal } from '../../support/terminal.ts';

const COMMAND = `'${process.execPath}' '${join(import.meta.dirname, '../../../sdk/src/cli/main.ts')}'`;
const ESCAPE = '\u001b';

let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  koltrix = await givenKoltrix();
  acme = await koltrix.tenant();
});
afterAll(() => koltrix[Symbol.asyncDispose]());
beforeEach(({ skip }) => need('script', skip));

const start = (args: string, env: Record<string, string> = {}) =>
  startTerminal(`stty cols 200; exec ${COMMAND} ${args}`, {
    env: { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url, ...env },
  });
const letter = { from: 'hello@acme.example', to: ['ada@example.test'], body_text: 'Hello' };

describe('colours', () => {
  test('are on a terminal', async () => {
    await acme.koltrix.emails.send({ ...letter, subject: 'Hello' });
    await using terminal = start('emails list');
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain(`${ESCAPE}[`);
    await using help = start('--help');
    await help.ended;
    expect(help.text()).toContain(`${ESCAPE}[1mUsage:`);
    await using failure = start('account --key kx_bad');
    expect(await failure.ended).toBe(1);
    expect(failure.text()).toContain(`${ESCAPE}[31m✗`);
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('are not there with %j', async (env) => {
    for (const args of ['emails list', '--help', 'account --key kx_bad', 'account']) {
      await using terminal = start(args, env);
      await terminal.ended;
      expect(terminal.text()).not.toContain(ESCAPE);
    }
  });

  test('are not there in a pipe, nor in JSON', async () => {
    const env = { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url };
    expect((await runCommand(['emails', 'list'], { env })).stdout).not.toContain(ESCAPE);
    await using terminal = start('emails list --json');
    await terminal.ended;
    expect(terminal.text()).not.toContain(ESCAPE);
  });
});

describe('what strangers wrote', () => {
  const evil = `Free\u009b2J ${ESCAPE}]0;title\u0007${ESCAPE}[31m\u202emoney`;
  const mime = `From: a@acme.example\r\nTo: b@example.test\r\nSubject: =?utf-8?B?${Buffer.from(evil).toString('base64')}?=\r\n\r\n${evil}\r\n`;

  test('cannot give orders to the terminal', async () => {
    const umbrella = await koltrix.tenant();
    const query = { mail_from: 'a@acme.example', rcpt_to: ['b@example.test'] };
    const { id } = await umbrella.koltrix.emails.sendRaw(mime, query);
    await umbrella.settled(id);
    const [captured] = await umbrella.captured();
    const env = { KOLTRIX_KEY: umbrella.key, NO_COLOR: '1' };
    for (const args of [
      'emails list',
      `emails show ${id} --body`,
      'events list',
      'inbox list',
      `inbox show ${captured?.id}`,
      'emails list --json',
      'inbox list --json',
    ]) {
      await using terminal = start(args, env);
      expect(await terminal.ended).toBe(0);
      // Lists show the subject of a raw message as it came: encoded.
      expect(terminal.text()).toMatch(/money|=\?utf-8\?B\?/);
      expect(terminal.text()).not.toMatch(/[\u001b\u0007\u0080-\u009f]/);
      if (!args.includes('--json')) expect(terminal.text()).not.toContain('\u202e');
    }
  });
});

describe('a person at a terminal', () => {
  test('is told what is missing rather than left waiting for a body', async () => {
    await using terminal = start('send -f hello@acme.example -t ada@example.test -s Hello');
    expect(await terminal.ended).toBe(2);
    expect(terminal.text()).toContain('There is no body: say --text or --html, name a file, or pipe it in.');
  });

  test('ends a stream with Ctrl-C', async () => {
    await using terminal = start('events tail');
    await terminal.shows(/Connected\. Ctrl-C stops\./);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(0);
  });

  test.each([80, 110, 160])('sees lines that fit into %i columns', async (columns) => {
    await acme.koltrix.emails.send({ ...letter, subject: 'long '.repeat(60) });
    for (const args of ['emails list', 'events list', 'inbox list']) {
      await using terminal = startTerminal(`stty cols ${columns}; exec ${COMMAND} ${args}`, {
        env: { KOLTRIX_KEY: acme.key, KOLTRIX_BASE_URL: koltrix.url, NO_COLOR: '1' },
      });
      expect(await terminal.ended).toBe(0);
      const widths = terminal
        .text()
        .split('\r\n')
        .map((line) => [...line].length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
      if (columns > 100) expect(terminal.text()).toMatch(/long.*…/);
    }
  });
});
