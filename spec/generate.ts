import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { bundle, createConfig } from '@redocly/openapi-core';
import { emitCommands } from './emit-commands.ts';
import { emitHandlers } from './emit-handlers.ts';
import { emitPublicTypes, emitResources } from './emit-resources.ts';
import { emitTesting } from './emit-testing.ts';
import { typesInto } from './openapi-ts.config.ts';
import { type Bundle, operationsOf } from './operations.ts';

/** Everything that is derived from the contract is written here and nowhere else. */
const SERVER = 'server/generated';
const SDK = 'sdk/src/generated';
const TESTING = 'sdk/src/testing/generated';
const COMMANDS = 'sdk/src/cli/generated';
const FOLDERS = [SERVER, SDK, TESTING, COMMANDS];

if (process.argv.includes('--check')) await check();
else await generate('.');

async function generate(root: string): Promise<void> {
  const [server, sdk, testing, commands] = FOLDERS.map((folder) => join(root, folder)) as [
    string,
    string,
    string,
    string,
  ];
  const contract = await bundled('spec/openapi.yaml');
  const operations = operationsOf(contract);
  await mkdir(server, { recursive: true });
  await mkdir(sdk, { recursive: true });
  await mkdir(testing, { recursive: true });
  await mkdir(commands, { recursive: true });
  const document = join(server, 'openapi.gen.json');
  const text = `${JSON.stringify(contract, null, 1)}\n`;
  await writeFile(document, text);
  // The package publishes the contract, and may not reach into the server for it.
  await writeFile(join(sdk, 'openapi.gen.json'), text);
  await createClient([typesInto(server, document), typesInto(sdk, document)]);
  await writeFile(join(server, 'handlers.gen.ts'), emitHandlers(operations));
  await writeFile(join(sdk, 'resources.gen.ts'), emitResources(contract, operations));
  await writeFile(join(sdk, 'public-types.gen.ts'), emitPublicTypes(contract, operations));
  await writeFile(join(commands, 'commands.gen.ts'), emitCommands(contract, operations));
  for (const [name, content] of Object.entries(emitTesting(contract, operations))) {
    await writeFile(join(testing, name), content);
  }
}

/** Generates elsewhere and compares: what is committed must be what the contract gives. */
async function check(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'koltrix-generated-'));
  try {
    await generate(root);
    for (const folder of FOLDERS) {
      for (const name of new Set([...(await readdir(folder)), ...(await readdir(join(root, folder)))])) {
        const [committed, fresh] = await Promise.all([read(join(folder, name)), read(join(root, folder, name))]);
        if (committed === fresh) continue;
        console.error(`${folder}/${name} is not what the contract gives; run npm run generate`);
        process.exitCode = 1;
      }
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function bundled(ref: string): Promise<Bundle> {
  const { bundle: document, problems } = await bundle({ ref, config: await createConfig({}) });
  if (problems.length) throw new Error(problems.map((p) => p.message).join('\n'));
  return document.parsed as Bundle;
}
