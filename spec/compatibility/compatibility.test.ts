import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { breaking } from './breaking.test-support.ts';
import type { Contract } from './document.ts';
import { breakingChanges } from './operations.ts';
import {
  accepted,
  add,
  answered,
  change,
  contract,
  email,
  fields,
  remove,
  schema,
  send,
  string,
} from './sample.test-support.ts';
import { verdict } from './verdict.ts';
import { announcing, compareVersions } from './version.ts';

const told = (edit: (draft: Contract) => void) => {
  const after = contract();
  edit(after);
  return [...breakingChanges(contract(), after)];
};

test.each(breaking)('it breaks callers when %s: %s', (_what, kind, place, edit) => {
  const changes = told(edit);
  expect(changes).toContainEqual(expect.objectContaining({ kind, place }));
  // One edit is told once, whoever uses what was changed; an enum counts for either direction.
  const places = changes.map((found) => `${found.kind} ${found.place}`);
  expect(new Set(places).size).toBe(places.length);
  expect(new Set(changes.map((found) => found.kind)).size).toBe(1);
});

const harmless: [what: string, edit: (draft: Contract) => void][] = [
  ['nothing changes', () => {}],
  ['an operation is added', (d) => Object.assign(d.paths, { '/new': { get: send(d) } })],
  ['an optional parameter is added', add((d) => send(d).parameters, { name: 'page', in: 'query' })],
  ['an optional property of a request is added', change(fields, { new: string })],
  ['a property of an answer is added', change(answered, { new: string })],
  ['a property of an answer is always there', add((d) => email(d).required, 'at')],
  ['a property of a request becomes optional', change((d) => schema(d, 'Send'), { required: [] })],
  ['an enum gets a value', add((d) => schema(d, 'Kind').enum, 'bcc')],
  ['a limit is raised', change((d) => fields(d).subject, { maxLength: 2_000 })],
  ['a limit falls', (d) => delete fields(d).subject?.maxLength],
  ['a least length of nought is said', change((d) => fields(d).subject, { minLength: 0 })],
  ['a request takes more types', change((d) => fields(d).track, { type: ['boolean', 'null'] })],
  ['a request takes any value', remove((d) => fields(d).track ?? {}, 'type')],
  ['an answer gets a header', change((d) => accepted(d).headers, { 'X-New': {} })],
  ['an answer is documented', change((d) => send(d).responses, { '418': {} })],
  ['a scope is widened', change(send, { 'x-scope': 'any' })],
  ['an event is added', (d) => Object.assign(d.webhooks ?? {}, { 'email.new': d.webhooks?.['email.sent'] })],
  ['a form of an answer is added', add((d) => answered(d).reply?.oneOf, { type: 'string' })],
  [
    'a schema moves to a name of its own',
    (d) => {
      Object.assign(d.components?.schemas ?? {}, { Subject: fields(d).subject });
      fields(d).subject = { $ref: '#/components/schemas/Subject' };
    },
  ],
];

test.each(harmless)('it breaks nobody when %s', (_what, edit) => {
  expect(told(edit)).toEqual([]);
});

const versions: [released: string, current: string, passes: boolean][] = [
  ['0.1.0', '0.1.0', false],
  ['0.1.0', '0.1.9', false],
  ['0.1.0', '0.2.0', true],
  ['0.1.0', '1.0.0', true],
  ['1.4.2', '1.5.0', false],
  ['1.4.2', '2.0.0', true],
];
const at = (version: string): Contract => ({ ...contract(), info: { version } });

test.each(versions)('from %s to %s a breaking change passes: %s', (released, current, passes) => {
  const after = { ...at(current), paths: {} };
  const { passes: passed, lines } = verdict([at(released)], after);
  expect(passed).toBe(passes);
  expect(lines.join('\n')).toContain('operation-removed: POST /emails: sendEmail is gone');
  if (!passes) expect(lines.at(-1)).toContain(announcing(released));
});

test('the contract is held against the highest release, and must not fall behind it', () => {
  expect(verdict([at('0.10.0'), at('0.9.0')], at('0.9.5')).lines).toEqual([
    'The contract is 0.9.5, but 0.10.0 has been released.',
  ]);
  expect(verdict([at('0.9.0'), at('0.10.0')], at('0.10.0')).passes).toBe(true);
  expect(verdict([], at('0.1.0')).passes).toBe(true);
  expect(compareVersions('1.0.0-rc.1', '1.0.0')).toBe(0);
  expect(() => compareVersions('1.0', '1.0.0')).toThrow('is no version');
});

test('the check ends with 1 and says what to do when a break is not announced', () => {
  const folder = mkdtempSync(join(tmpdir(), 'koltrix-released-'));
  try {
    writeFileSync(join(folder, '0.1.0.json'), JSON.stringify(contract()));
    const check = (current: Contract) => {
      const path = join(folder, 'current');
      writeFileSync(path, JSON.stringify(current));
      return spawnSync(process.execPath, ['spec/compatibility.ts', folder, path], { encoding: 'utf8' });
    };
    expect(check(contract())).toMatchObject({ status: 0, stderr: '' });
    const { status, stderr } = check({ ...contract(), paths: {} });
    expect(status).toBe(1);
    expect(stderr).toMatch(/operation-removed: GET \/account[\s\S]*set info.version in spec\/openapi.yaml to 0.2.0/);
    expect(check({ ...contract(), paths: {}, info: { version: '0.2.0' } }).status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
