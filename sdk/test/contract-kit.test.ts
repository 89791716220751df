import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type ContractReport, exitCodeOf, junitOf, linesOf } from '../src/contract/index.ts';
import { validatorsFor } from '../src/contract/spec/validators.ts';
import { safeMessage, safeText } from '../src/contract/values/safe-text.ts';
import { excerptOf } from '../src/contract/world/excerpt.ts';
import { foreignAddress } from '../src/contract/world/guard.ts';

const values = { label: 'ck1', sender: 'contract@simulator.test', now_ms: Date.UTC(2026, 10, 22) };

describe('what the contract kit sends', () => {
  test.each([
    ['{"to":["Ada <ada@example.com>"]}', 'ada@example.com'],
    ['/recipients/ada%40example.com', 'ada@example.com'],
    ['{"to":["delivered@simulator.test.example"]}', 'delivered@simulator.test.example'],
    ['{"to":["delivered@notsimulator.test"]}', 'delivered@notsimulator.test'],
    ['{"to":["delivered+ck1@simulator.test"],"from":"kit@acme.example"}', undefined],
    ['{"to":["no address"]}', undefined],
  ])('names nobody whom mail could reach: %s', (text, found) => {
    expect(foreignAddress(text, ['kit@acme.example'])).toBe(found);
  });

  test('is an example with harmless values in the place of others’', () => {
    expect(safeText(values, { format: 'mailbox' }, 'Ada <ada@example.com>', 'to')).toBe(
      'Ada <delivered+ck1@simulator.test>',
    );
    expect(safeText(values, { format: 'mailbox' }, 'Acme <hello@acme.example>', 'from')).toBe(
      'Acme <contract@simulator.test>',
    );
    expect(safeText(values, { format: 'uri' }, 'https://hooks.acme.example/', 'url')).toBe(
      'https://simulator.test/contract/ck1',
    );
    expect(safeText(values, {}, 'acme.example', 'name')).toBe('ck1.simulator.test');
    expect(safeText(values, {}, 'receipt.pdf', 'filename')).toBe('receipt.pdf');
    expect(safeText(values, { format: 'date-time' }, '2020-01-01T00:00:00Z', 'at')).toBe('2026-11-22T01:00:00.000Z');
    const raw = 'From: Acme <hello@acme.example>\r\nTo: ada@example.com\r\nSubject: Hi\r\n\r\nMail bob@example.com\r\n';
    expect(safeMessage(values, raw)).toBe(
      'From: Acme <contract@simulator.test>\r\nTo: delivered+ck1@simulator.test\r\nSubject: Hi ck1\r\n\r\nMail delivered+ck1@simulator.test\r\n',
    );
  });
});

test('a fault comes with a command that repeats it when it is pasted, and names no key', () => {
  const body = "Subject: it's \\ \r\n\r\nHi\t\0\r\n";
  const { curl } = excerptOf({
    call: { method: 'POST', path: '/emails/raw', body, media_type: 'message/rfc822', headers: { 'x-a': "it's" } },
    url: 'http://127.0.0.1:8025/api/v2/emails/raw?mail_from=a@b.example',
    status: 400,
    headers: new Headers(),
    text: '',
  } as never);
  expect(curl).not.toMatch(/[\r\n\t\0]/);
  const printed = execFileSync('bash', ['-c', curl.replace(/^curl/, "printf '%s|'")], { env: { KOLTRIX_KEY: 'kx_1' } });
  // An argument of a command ends at its NUL.
  expect(printed.toString().split('|').slice(-4, -1)).toEqual([
    '--data-binary',
    "Subject: it's \\ \r\n\r\nHi\t",
    'http://127.0.0.1:8025/api/v2/emails/raw?mail_from=a@b.example',
  ]);
  expect(curl).toContain("-H 'x-a: it'\\''s'");
});

test('an answer is closed where the contract names what it has, and nowhere else', () => {
  const { faultsOf } = validatorsFor({
    info: { version: '1.0.0' },
    paths: {},
    components: {
      schemas: {
        Base: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
        Thing: {
          allOf: [
            { $ref: '#/components/schemas/Base' },
            {
              properties: {
                free: { type: 'object', additionalProperties: true },
                inner: { oneOf: [{ $ref: '#/components/schemas/Base' }, { type: 'null' }] },
              },
            },
          ],
        },
      },
    },
  });
  const faults = (value: unknown) => faultsOf('#/components/schemas/Thing', value).map(({ pointer }) => pointer);
  expect(faults({ id: '1', free: { any: 1 }, inner: { id: '2' } })).toEqual([]);
  expect(faults({ id: '1', inner: null })).toEqual([]);
  expect(faults({ id: '1', more: 1 })).toEqual(['/more']);
  expect(faults({ id: '1', inner: { id: '2', more: 1 } })).toEqual(['/inner/more']);
  expect(faults({ id: 1 })).toEqual(['/id']);
  expect(faults({ inner: null })).toEqual(['']);
});

describe('the report', () => {
  const report = (outcome: 'passed' | 'failed', complete = true): ContractReport => ({
    contract: { title: 'Koltrix', version: '0.1.0' },
    base_url: 'http://127.0.0.1:8025',
    started_at: '2026-11-22T08:00:00.000Z',
    duration_ms: 1_500,
    requests: 3,
    complete,
    summary: { passed: 1, failed: outcome === 'failed' ? 1 : 0, skipped: 0, faults: 1 },
    operations: [
      {
        id: 'getEmail',
        method: 'GET',
        path: '/emails/{email_id}',
        checks: [
          {
            rule: 'schema',
            name: 'every answer',
            outcome,
            faults: [
              { rule: 'schema', message: '/a is "<b>" & \u0007', place: '#/paths', excerpt: undefined, times: 2 },
            ],
          },
        ],
      },
    ],
    left_behind: [],
  });

  test('as JUnit XML holds what XML can hold', () => {
    const xml = junitOf(report('failed'));
    expect(xml).toContain('message="/a is &quot;&lt;b&gt;&quot; &amp; \ufffd"');
    expect(xml).toContain('<testsuite name="getEmail (GET /emails/{email_id})"');
  });

  test('for people says how often a fault was seen, and does not touch their terminal', () => {
    expect(linesOf(report('failed'), (_style, text) => text).join('\n')).toContain('/a is "<b>" & \ufffd (2 times)');
  });

  test('ends with 0 when all holds, 1 with a fault, 2 when it is not all', () => {
    const codes = [report('passed'), report('failed'), report('passed', false), report('failed', false)].map(
      exitCodeOf,
    );
    expect(codes).toEqual([0, 1, 2, 1]);
  });
});
