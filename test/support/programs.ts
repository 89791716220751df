import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';

const run = promisify(execFile);

const probes: Record<string, [string, string[]][]> = {
  'python3 with requests': [
    ['python3', ['-c', 'import requests']],
    ['/usr/bin/python3', ['-c', 'import requests']],
  ],
  go: [['go', ['version']]],
  postfix: [['postconf', ['mail_version']]],
};

/** Whether a program that a laptop may lack is there. */
async function hasProgram(name: string): Promise<boolean> {
  for (const [program, args] of probes[name] ?? [[name, ['--version']] as [string, string[]]]) {
    if (
      await run(program, args).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}

/** Skips a test, with a clear word, on a machine that lacks a program; in CI, where all are installed, it fails. */
export async function need(name: string, skip: (note: string) => void): Promise<void> {
  if (await hasProgram(name)) return;
  expect(process.env.CI, `CI must have ${name}`).toBeUndefined();
  skip(`this test wants ${name}`);
}

/** Of the Pythons of this machine the one that has the package `requests`. */
export async function pythonWithRequests(): Promise<string> {
  for (const [python, args] of probes['python3 with requests'] ?? []) {
    const has = await run(python, args).then(
      () => true,
      () => false,
    );
    if (has) return python;
  }
  return 'python3';
}
