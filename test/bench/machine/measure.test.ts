import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startChild } from './child.ts';
import { measure } from './measure.ts';

/** A program that keeps `size_mb` and, when told by SIGUSR2, works for 300 ms of CPU time. */
function givenProgram(size_mb: number) {
  const program = `
    const kept = Buffer.alloc(${size_mb} * 2 ** 20, 1);
    process.on('SIGUSR2', () => {
      for (const before = process.cpuUsage(); process.cpuUsage(before).user < 300_000; );
      console.log('worked', kept.length);
    });
    setInterval(() => {}, 1_000);
    console.log('ready');`;
  return startChild({ name: 'program', command: process.execPath, args: ['-e', program], ready: /ready/ });
}

describe('measuring', () => {
  test('sees the memory of the first process', async () => {
    await using large = await givenProgram(200);
    await using small = await givenProgram(0);
    const { cost } = await measure({ processes: [large, small] }, async () => 'done');
    expect(cost.rss_mb).toBeGreaterThan(200);
    const other = await measure({ processes: [small, large] }, async () => 'done');
    expect(other.cost.rss_mb).toBeLessThan(200);
  });

  test.runIf(existsSync('/proc/self/stat'))('counts the CPU time of the work, and of that alone', async () => {
    await using program = await givenProgram(0);
    const { cost } = await measure({ processes: [program], postgres: program }, async () => {
      process.kill(program.pid, 'SIGUSR2');
      await new Promise((resolve) => program.process.stdout?.once('data', resolve));
    });
    expect(cost.cpu_us).toBeGreaterThan(250_000);
    expect(cost.postgres_us).toBeGreaterThan(250_000);
    const idle = await measure({ processes: [program] }, async () => 'nothing');
    expect(idle.cost.cpu_us).toBeLessThan(250_000);
    expect(idle.cost.postgres_us).toBeUndefined();
  });
});
