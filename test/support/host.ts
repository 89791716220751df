import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** What a project's tests are run against; the server when absent. */
    host: 'server' | 'mock';
  }
}

/** Whether this suite is run against the SDK's mock of Koltrix instead of the server: the project `mock` says so. */
export const isMock = inject('host') === 'mock';
