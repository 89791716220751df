// Runs the checks beside each other, one for each processor, longest first. What one says is shown in one piece at its end.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const waiting = ['types', 'contract', 'sdk', 'imports', 'unused', 'generated', 'style', 'compatibility'];

function run(check) {
  const child = spawn('npm', ['run', '-s', `check:${check}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ passed: false, said: String(error) }));
    child.once('close', (code) => resolve({ passed: code === 0, said }));
  });
}

async function lane() {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const { passed, said } = await run(check);
    console.log(`${passed ? '✓' : '✗'} ${check}`);
    if (!passed) {
      console.log(said.trim());
      process.exitCode = 1;
    }
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, lane));
