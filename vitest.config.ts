import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * The files of a project run one after the other in the same processes: half of what a small file would cost is to load
 * the server. What a test has replaced is put back.
 */
const together = { isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true };

/** Against hanging alone: a busy machine takes many times as long as an idle one. */
const patient = { testTimeout: 90_000, hookTimeout: 120_000, expect: { poll: { timeout: 20_000 } } };

/**
 * Tests with real processes, sockets and clocks depend on the machine as well. In CI one that fails is tried once more;
 * the end of `.ci/run` names it, as something to be mended.
 */
const real = { ...patient, retry: process.env.CI ? 1 : 0 };

/** Tests that start servers share one Postgres; every file has a database of its own in it. */
const withPostgres = { globalSetup: 'test/support/postgres.ts' };

/** Suites about behaviour that the SDK's mock owes as well as the server: the project `mock` runs them once more against it. */
const heldToBoth = [
  ...['bad-bodies', 'bad-fields', 'bad-headers', 'bad-raw', 'bad-urls', 'filters', 'head', 'idempotency', 'keys'].map(
    contract,
  ),
  ...['operations', 'pagination'].map(contract),
  ...['accept-mime', 'accept-raw', 'cancel', 'events', 'idempotency', 'idempotency-creations'].map(flow),
  ...['idempotency-rest', 'schedule', 'simulator', 'stream', 'suppression', 'suppressions-csv', 'webhooks'].map(flow),
];

function contract(name: string): string {
  return `test/contract/${name}.test.ts`;
}

function flow(name: string): string {
  return `test/flow/${name}.test.ts`;
}

// Each server and each command that a test starts is a process that would compile the same modules again.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

export default defineConfig({
  test: {
    // Most tests wait for processes and clocks rather than for the processor.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: 'unit',
          ...together,
          include: ['server/**/*.test.ts', 'spec/**/*.test.ts'],
          ...patient,
          ...withPostgres,
        },
      },
      { test: { name: 'sdk', ...together, root: 'sdk', include: ['test/**/*.test.ts'], ...real } },
      {
        test: {
          name: 'smtp-relay',
          ...together,
          root: 'smtp-relay',
          include: ['test/**/*.test.ts'],
          ...real,
        },
      },
      { test: { name: 'bench', ...together, include: ['test/bench/**/*.test.ts'], ...real } },
      { test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'], ...real } },
      { test: { name: 'contract', ...together, include: ['test/contract/**/*.test.ts'], ...real, ...withPostgres } },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          ...real,
          globalSetup: ['test/support/postgres.ts', 'test/support/package.ts'],
          testTimeout: 120_000,
        },
      },
      { test: { name: 'mock', ...together, include: heldToBoth, provide: { host: 'mock' }, ...real } },
      { test: { name: 'flow', ...together, include: ['test/flow/**/*.test.ts'], ...real, ...withPostgres } },
    ],
  },
});
