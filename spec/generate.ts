import { mkdir, writeFile } from 'node:fs/promises';
import { createClient } from '@hey-api/openapi-ts';
import { bundle, createConfig } from '@redocly/openapi-core';
import { emitHandlers } from './emit-handlers.ts';
import { emitResources } from './emit-resources.ts';
import { typesInto } from './openapi-ts.config.ts';
import { type Bundle, operationsOf } from './operations.ts';

/** Everything that is derived from the contract is written here and nowhere else. */
const SERVER = 'server/generated';
const SDK = 'sdk/src/generated';

const contract = await bundled('spec/openapi.yaml');
const operations = operationsOf(contract);
await mkdir(SERVER, { recursive: true });
await mkdir(SDK, { recursive: true });
await writeFile(`${SERVER}/openapi.gen.json`, `${JSON.stringify(contract, null, 1)}\n`);
await createClient([typesInto(SERVER, `${SERVER}/openapi.gen.json`), typesInto(SDK, `${SERVER}/openapi.gen.json`)]);
await writeFile(`${SERVER}/handlers.gen.ts`, emitHandlers(operations));
await writeFile(`${SDK}/resources.gen.ts`, emitResources(contract, operations));

async function bundled(ref: string): Promise<Bundle> {
  const { bundle: document, problems } = await bundle({ ref, config: await createConfig({}) });
  if (problems.length) throw new Error(problems.map((p) => p.message).join('\n'));
  return document.parsed as Bundle;
}
