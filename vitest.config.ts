import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * The files of a project run one after the other in the same processes: half of what a small file would cost is to load
 * the server. What a test has replaced is put back.
 */
const together = { isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true };

/** Tests that start servers share one Postgres; every file has a database of its own in it. */
const withPostgres = { globalSetup: 'test/support/postgres.ts', testTimeout: 30_000, hookTimeout: 60_000 };

/** Suites about behaviour that the SDK's mock owes as well as the server: the project `mock` runs them once more against it. */
const heldToBoth = [
  ...['bad-bodies', 'bad-fields', 'bad-headers', 'bad-raw', 'bad-urls', 'filters', 'idempotency', 'keys'].map(contract),
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
    maxWorkers: 3,
    projects: [
      { test: { name: 'unit', ...together, include: ['server/**/*.test.ts', 'spec/**/*.test.ts'], ...withPostgres } },
      { test: { name: 'sdk', ...together, root: 'sdk', include: ['test/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'smtp-relay',
          ...together,
          root: 'smtp-relay',
          include: ['test/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'bench', ...together, include: ['test/bench/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'contract', ...together, include: ['test/contract/**/*.test.ts'], ...withPostgres } },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          ...withPostgres,
          globalSetup: ['test/support/postgres.ts', 'test/support/package.ts'],
          testTimeout: 120_000,
        },
      },
      { test: { name: 'mock', ...together, include: heldToBoth, provide: { host: 'mock' }, testTimeout: 30_000 } },
      { test: { name: 'flow', ...together, include: ['test/flow/**/*.test.ts'], ...withPostgres } },
    ],
  },
});
