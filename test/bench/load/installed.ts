import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program is installed, or undefined. Mail programs are often outside an ordinary user's PATH. */
export function installed(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
