import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that load and drain better than ours can, by path; what is not installed is missing. */
export interface Tools {
  /** The HTTP load generator; else `load/http-client.ts`. */
  wrk?: string;
  /** Postfix's sink; else `sink/own-sink.ts`. */
  smtp_sink?: string;
}

/** Looks for the tools in the folders of a PATH, and where mail programs hide from ordinary users. */
export function installedTools(path: string): Tools {
  const folders = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const find = (program: string) => folders.map((folder) => join(folder, program)).find(isExecutable);
  const [wrk, smtp_sink] = [find('wrk'), find('smtp-sink')];
  return { ...(wrk && { wrk }), ...(smtp_sink && { smtp_sink }) };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
