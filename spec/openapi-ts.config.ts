import type { UserConfig } from '@hey-api/openapi-ts';

/** What @hey-api/openapi-ts generates from the bundled contract, and where to. `generate.ts` runs it. */
export function typesInto(path: string, input: string): UserConfig {
  return {
    input,
    output: { path, clean: false, entryFile: false, fileName: { suffix: '.gen' } },
    plugins: [{ name: '@hey-api/typescript', enums: false }],
    logs: { level: 'error' },
  };
}
