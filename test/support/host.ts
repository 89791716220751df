import { inject, test } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** What a project's tests are run against; the server when absent. */
    host: 'server' | 'mock';
  }
}

/** Whether this suite is run against the SDK's mock of Koltrix instead of the server: the project `mock` says so. */
export const isMock = inject('host') === 'mock';

/** A test of what only the server has, as tables, SMTP or a socket; against the mock it is not there at all. */
export const serverTest = (isMock ? () => {} : test) as typeof test;
