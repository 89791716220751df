// Installs what the lock file names, unless that has been done: `npm start` and `npm test` need nothing else first.
// Plain JavaScript for whatever Node the machine has; the project's own Node 24 comes with the installation.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const mark = 'node_modules/.koltrix-installed';

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  console.log('Installing dependencies (once) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('koltrix: npm ci failed; see above');
    process.exit(1);
  }
  writeFileSync(mark, lock);
}
