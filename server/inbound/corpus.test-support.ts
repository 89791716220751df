import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { showId } from '../store/ids.ts';

const folder = join(import.meta.dirname, '../../test/corpus/reports');

/** All shapes of reports, by name. */
export async function corpusNames(): Promise<string[]> {
  return (await readdir(folder)).map((file) => file.replace(/\.eml$/, '')).toSorted();
}

/** One of them, about this message: as it comes over the wire, with CRLF. */
export async function corpusReport(name: string, about: { message_id: string; return_path: string }): Promise<Buffer> {
  const text = await readFile(join(folder, `${name}.eml`), 'utf8');
  return Buffer.from(
    text
      .replaceAll('{{return_path}}', about.return_path)
      .replaceAll('{{message_id}}', showId('msg', about.message_id))
      .replaceAll(/\r?\n/g, '\r\n'),
  );
}
