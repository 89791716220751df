import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contract } from './compatibility/document.ts';
import { verdict } from './compatibility/verdict.ts';

/** Holds the contract against the last one that was released: `node spec/compatibility.ts [released] [current]`. */
const RELEASED = 'spec/released';
const CURRENT = 'server/generated/openapi.gen.json';

const [released = RELEASED, current = CURRENT] = process.argv.slice(2);
const { passes, lines } = verdict(await contractsIn(released), await read(current));
for (const line of lines) (passes ? console.log : console.error)(line);
if (!passes) process.exitCode = 1;

async function contractsIn(folder: string): Promise<Contract[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map((name) => read(join(folder, name))));
}

async function read(path: string): Promise<Contract> {
  return JSON.parse(await readFile(path, 'utf8')) as Contract;
}
