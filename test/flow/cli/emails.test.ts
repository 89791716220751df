import type { Email, Event } from 'koltrix';
import { describe, expect, test } from 'vitest';
import { jsonLines, runCommand } from '../../support/command-line.ts';
import { givenKoltrix, type Installation } from '../../support/koltrix.ts';
import type { Tenant } from '../../support/tenant.ts';
import { givenWorld } from '../../support/world.ts';

let koltrix: Installation;
let acme: Tenant;
let ids: Record<'delivered' | 'bounced' | 'scheduled', string>;
givenWorld(async (stack) => {
  koltrix = stack.use(await givenKoltrix());
  acme = await koltrix.tenant();
  const mail = { from: 'Acme <hello@acme.example>', subject: 'Your receipt', body_text: 'Thank you!\nAcme' };
  const send = async (to: string[], more: object = {}) => (await acme.koltrix.emails.send({ ...mail, to, ...more })).id;
  ids = {
    delivered: await send(['ada@example.test', 'carl@example.test'], { tags: { order: '4711' }, body_html: '<p>Hi' }),
    bounced: await send(['bounced@simulator.test']),
    scheduled: await send(['ada@example.test'], { scheduled_at: new Date(Date.now() + 3_600_000).toISOString() }),
  };
  await acme.settled(ids.delivered);
  await acme.settled(ids.bounced);
});

const emails = (args: string[], tenant = acme) =>
  runCommand(['emails', ...args], { env: { KOLTRIX_KEY: tenant.key, KOLTRIX_BASE_URL: koltrix.url, TZ: 'UTC' } });

describe('emails list', () => {
  test('prints a line for each, newest first', async () => {
    const { code, stdout, stderr } = await emails(['list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d';
    const line = (id: string, status: string, to: string) => `${id}  ${time}  ${status} +${to} +Your receipt`;
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(line(ids.scheduled, 'scheduled', 'ada@example.test')),
      expect.stringMatching(line(ids.bounced, 'bounced', 'bounced@simulator.test')),
      expect.stringMatching(line(ids.delivered, 'delivered', 'ada@example.test \\+1')),
      '',
    ]);
  });

  test('prints the contract’s own objects for programs', async () => {
    const { code, stdout } = await emails(['list', '--json']);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toEqual((await acme.koltrix.emails.list()).data);
  });

  test.each([
    [['--status', 'bounced'], ['bounced']],
    [
      ['--to', 'ada@example.test'],
      ['scheduled', 'delivered'],
    ],
    [['--tag', 'order:4711'], ['delivered']],
    [['--from', 'other@acme.example'], []],
    [
      ['--since', '1h'],
      ['scheduled', 'bounced', 'delivered'],
    ],
    [['--since', '2030-01-01'], []],
    [['--until', '1h'], []],
    [['--limit', '1'], ['scheduled']],
    [['--all'], ['scheduled', 'bounced', 'delivered']],
  ] as const)('filters by %j', async (args, names) => {
    const { code, stdout } = await emails(['list', '--json', ...args]);
    expect(code).toBe(0);
    expect(jsonLines(stdout).map((email) => (email as Email).id)).toEqual(names.map((name) => ids[name]));
  });

  test('goes over as many pages as it takes', async () => {
    const umbrella = await koltrix.tenant();
    const mail = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hello', body_text: 'Hello' };
    await umbrella.koltrix.emails.sendBatch({ emails: Array.from({ length: 130 }, () => mail) });
    const countOf = async (args: string[]) =>
      jsonLines((await emails(['list', '--json', ...args], umbrella)).stdout).length;
    expect([await countOf([]), await countOf(['-n', '120']), await countOf(['--all'])]).toEqual([25, 120, 130]);
  });

  test.each([
    [['--limit', '0'], 'whole number from 1 on'],
    [['--limit', 'many'], 'whole number from 1 on'],
    [['--status', 'lost'], 'Allowed choices are scheduled, queued'],
    [['--since', 'yesterday'], 'Say it as'],
    [['--all', '--limit', '3'], 'cannot be used with'],
  ])('refuses %j as wrong usage', async (args, words) => {
    expect(await emails(['list', ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  });
});

describe('emails show', () => {
  test('shows the state, the recipients and what happened when', async () => {
    const { code, stdout, stderr } = await emails(['show', ids.delivered]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Your receipt {2}delivered\n/);
    expect(stdout).toMatch(/^To +ada@example\.test, carl@example\.test$/m);
    expect(stdout).toMatch(/^Contents +text, HTML$/m);
    expect(stdout).toMatch(/^Tags +order=4711$/m);
    const [, recipients = '', timeline = ''] = stdout.split(/Recipients|Timeline/);
    expect(recipients).toMatch(/delivered +ada@example\.test +250 2\.0\.0 Captured tm_\w+\n.*carl@example\.test/);
    expect(timeline.trim().split('\n')).toHaveLength(6);
    expect(timeline).toMatch(/\+\d+\.\d\d s {2}delivered +carl@example\.test +by 127\.0\.0\.1/);
    expect(stdout).not.toContain('Thank you!');
  });

  test('says why a message bounced', async () => {
    const { stdout } = await emails(['show', ids.bounced]);
    expect(stdout).toMatch(/bounced +hard: 550 5\.1\.1 The simulated mailbox does not exist/);
  });

  test('prints every SMTP conversation when asked for them', async () => {
    const { stdout } = await emails(['show', ids.bounced, '--attempts']);
    expect(stdout).toMatch(
      /Attempts\n +[\d:]{8} +refused +bounced@simulator\.test +#1 +127\.0\.0\.1 .* \d+ ms +550 5\.1\.1 /,
    );
    const json = await emails(['show', ids.bounced, '--attempts', '--json']);
    const attempts = await Array.fromAsync(acme.koltrix.emails.listAttempts(ids.bounced));
    expect(jsonLines(json.stdout)).toMatchObject([{ id: ids.bounced, attempts }]);
  });

  test('prints the text when asked for it', async () => {
    const { stdout } = await emails(['show', ids.delivered, '--body']);
    expect(stdout).toMatch(/Text\nThank you!\nAcme\n$/);
  });

  test('gives programs the email with its events', async () => {
    const { code, stdout } = await emails(['show', ids.bounced, '--json']);
    expect(code).toBe(0);
    const events = await Array.fromAsync(acme.koltrix.emails.listEvents(ids.bounced));
    expect(jsonLines(stdout)).toEqual([{ ...(await acme.koltrix.emails.get(ids.bounced)), events }]);
    expect((events as Event[]).map(({ type }) => type)).toContain('email.bounced');
  });

  test.each(['em_01k9zq7d8ye2wbn5w0c8v7x3ma', 'of a stranger'])('does not find an email: %s', async (given) => {
    const umbrella = await koltrix.tenant();
    const id = given.startsWith('em_') ? given : ids.delivered;
    const { code, stdout, stderr } = await emails(['show', id], umbrella);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/404 · not-found · req_\w+\n {2}→ Is the id right/);
  });

  test('wants an id', async () => {
    expect(await emails(['show'])).toMatchObject({ code: 2, stderr: expect.stringContaining("argument 'id'") });
  });
});

describe('emails cancel', () => {
  test('cancels what has not gone out, once', async () => {
    const { code, stdout } = await emails(['cancel', ids.scheduled]);
    expect(code).toBe(0);
    expect(stdout).toBe(`✓ Canceled ${ids.scheduled}\n  canceled    ada@example.test\n`);
    const again = await emails(['cancel', ids.scheduled, '--json']);
    expect(again.code).toBe(1);
    expect(jsonLines(again.stderr)).toMatchObject([{ error: { status: 409, code: 'invalid-state' } }]);
  });

  test('says that the key may not', async () => {
    const env = { KOLTRIX_KEY: await acme.keyWith('read'), KOLTRIX_BASE_URL: koltrix.url };
    const { code, stderr } = await runCommand(['emails', 'cancel', ids.delivered], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/403 · forbidden .*\n {2}→ Use a key with a wider scope/);
  });
});
