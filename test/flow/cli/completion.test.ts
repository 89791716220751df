import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../support/command-line.ts';
import { need } from '../../support/programs.ts';
import { startTerminal } from '../../support/terminal.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../../sdk/src/cli/main.ts');

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koltrix-completion-'));
  const program = join(folder, 'bin/koltrix');
  await mkdir(join(folder, 'bin'));
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  await chmod(program, 0o755);
  await mkdir(join(folder, 'work'));
  await writeFile(join(folder, 'work/invoice with space.pdf'), '');
  await writeFile(join(folder, 'work/invoice.html'), '');
  path = `${join(folder, 'bin')}:${process.env.PATH}`;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What bash would offer at the end of the line, by its own rules of what a word is. */
async function offered(line: string): Promise<string[]> {
  const script = `
    source <(koltrix completion bash)
    read -ra COMP_WORDS <<< "\${LINE//=/ = }"
    [[ $LINE == *' ' || $LINE == *= ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _koltrix koltrix
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '-c', script], {
    cwd: join(folder, 'work'),
    env: { PATH: path, LINE: line },
  });
  return stdout.split('\n').filter(Boolean);
}

describe('completion in bash', () => {
  test.for([
    { line: 'koltrix ema', expected: ['emails'] },
    { line: 'koltrix emails ', expected: ['list', 'show', 'cancel'] },
    { line: 'koltrix emails list --st', expected: ['--status'] },
    { line: 'koltrix emails list --js', expected: ['--json'] },
    { line: 'koltrix emails list --status bo', expected: ['bounced'] },
    { line: 'koltrix emails list --status=bo', expected: ['bounced'] },
    { line: 'koltrix --key kx_1 --json emails list -s comp', expected: ['complained'] },
    { line: 'koltrix events tail --type bounced,cli', expected: ['bounced,clicked'] },
    { line: 'koltrix send --to a@example.test b@example.test --sub', expected: ['--subject'] },
    { line: 'koltrix send --subject inv', expected: [] },
    { line: 'koltrix send --attach inv', expected: ['invoice with space.pdf', 'invoice.html'] },
    { line: 'koltrix completion ', expected: ['bash', 'zsh', 'fish'] },
    { line: 'koltrix nowhere ', expected: [] },
  ])('of $line offers $expected', async ({ line, expected }, { skip }) => {
    await need('bash', skip);
    expect((await offered(line)).sort()).toEqual([...expected].sort());
  });

  test('runs nothing of a line that nobody has sent off', async ({ skip }) => {
    await need('bash', skip);
    await offered('koltrix send --subject $(>ran) `>ran` --te');
    const { stdout } = await run('ls', [join(folder, 'work')]);
    expect(stdout).not.toContain('ran');
  });

  test('works at the Tab key of a terminal', async ({ skip }) => {
    await need('bash', skip);
    await need('script', skip);
    await using terminal = startTerminal('bash --norc -i', {
      cwd: folder,
      env: { PATH: path, HOME: folder, NO_COLOR: '1' },
    });
    terminal.type('source <(koltrix completion bash); echo rea""dy\n');
    await terminal.shows(/^ready/m);
    for (const [keys, shown] of [
      ['koltrix suppr\t', /koltrix suppressions $/],
      ['l\t', /suppressions list $/],
      ['--rea\t', /--reason $/],
      ['compl\t', /complaint $/],
      ['--help\n', /Usage: koltrix suppressions list/],
    ] as const) {
      terminal.type(keys);
      await terminal.shows(shown);
    }
  });
});

describe('completion', () => {
  test.each(['zsh', 'fish'])('has a script for %s that asks koltrix', async (shell) => {
    const { code, stdout } = await runCommand(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('__complete --');
  });

  test.for(['zsh', 'fish'])('has a script that %s can read', async (shell, { skip }) => {
    await need(shell, skip);
    const { stdout } = await runCommand(['completion', shell]);
    await writeFile(join(folder, 'script'), stdout);
    await run(shell, ['-n', join(folder, 'script')]);
  });

  test('is refused for another shell', async () => {
    expect(await runCommand(['completion', 'cmd'])).toMatchObject({ code: 2 });
  });

  test('does not show what the scripts ask', async () => {
    expect((await runCommand(['--help'])).stdout).not.toContain('__complete');
  });
});
