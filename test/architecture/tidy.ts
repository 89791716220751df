const LINES_MAX = 300;

/** Where the environment may be read: config files, tools' settings, tests. */
const MAY_READ_ENVIRONMENT = [/(^|\/)config\.ts$/, /\.config\.(ts|cjs)$/, /^(test|sdk\/test)\//, /\.test\.ts$/];

/** Where a rule is spelled out, its words are not a breach of it. */
const SPELLED_OUT = /^test\/architecture\/tidy(\.test)?\.ts$/;

const IS_COMMENT = /^\s*(\/\/|\/?\*)/;

/** What is untidy in one source file, each fault as a sentence that begins with its place. */
export function faultsIn(file: string, text: string): string[] {
  const faults: string[] = [];
  const lines = text.replace(/\n$/, '').split('\n');
  if (lines.length > LINES_MAX) faults.push(`${file} has ${lines.length} lines, of ${LINES_MAX}`);
  if (SPELLED_OUT.test(file)) return faults;
  const mayRead = MAY_READ_ENVIRONMENT.some((pattern) => pattern.test(file));
  for (const [index, line] of lines.entries()) {
    const place = `${file}:${index + 1}`;
    if (/\b(TODO|FIXME|XXX)\b/.test(line)) faults.push(`${place} is unfinished`);
    if (IS_COMMENT.test(line)) continue;
    if (!mayRead && readsEnvironment(line)) faults.push(`${place} reads process.env`);
    if (/\b(test|it|describe)(\.\w+)*\.only\b/.test(line)) faults.push(`${place} leaves the other tests out`);
    if (/\b(test|it|describe)(\.\w+)*\.(skip|todo)\b/.test(line) && !hasReason(line, lines[index - 1]))
      faults.push(`${place} skips without a reason`);
  }
  return faults;
}

const readsEnvironment = (line: string) =>
  /\bprocess\??\.env\b/.test(line) || /import .*\benv\b.*from 'node:process'/.test(line);

const hasReason = (line: string, before: string | undefined) =>
  /\/\/\s*\S/.test(line) || (before !== undefined && IS_COMMENT.test(before));
