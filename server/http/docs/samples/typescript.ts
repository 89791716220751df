import { fileOf, type SampleRequest } from './request.ts';
import { sdkMethod } from './sdk-method.ts';

/** A module for the SDK, which takes the key and the address from the environment. */
export function typescript({ operation, path, query, idempotency_key, body }: SampleRequest): string {
  const isRaw = body !== undefined && body.type !== 'application/json';
  const given = [
    ...path,
    ...(body ? [isRaw ? new FromFile(fileOf(body.type)) : body.example] : []),
    ...(query.length ? [Object.fromEntries(query)] : []),
    ...(idempotency_key ? [{ idempotencyKey: idempotency_key }] : []),
  ];
  const call = `koltrix.${sdkMethod(operation)}(${listed(given)})`;
  const imports = isRaw ? [`import { readFile } from 'node:fs/promises';`] : [];
  return `${[...imports, `import { Koltrix } from 'koltrix';`].join('\n')}

const koltrix = new Koltrix(); // reads KOLTRIX_KEY and KOLTRIX_BASE_URL

${use(operation, call)}`;
}

function use({ parameters, success }: SampleRequest['operation'], call: string): string {
  if (success.media?.type === 'text/event-stream')
    return `for await (const event of ${call}) {\n  console.log(event.type, event.data.recipient);\n}`;
  if (parameters.some(({ name }) => name === 'limit'))
    return `// Every item of every page; await it instead for one page.\nfor await (const item of ${call}) {\n  console.log(item);\n}`;
  if (!success.media) return `await ${call};`;
  return `const result = await ${call};\nconsole.log(result);`;
}

/** Stands for the bytes of a file. */
class FromFile {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Arguments on one line while that is short, or when there is but one; otherwise one a line. */
function listed(given: unknown[]): string {
  const line = given.map((value) => literal(value)).join(', ');
  if (given.length < 2 || (line.length <= 60 && !line.includes('\n'))) return line;
  return `\n${given.map((value) => `  ${literal(value, '  ')},\n`).join('')}`;
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;

/** A value as TypeScript: names bare where they can be, strings in single quotes, short things on one line. */
function literal(value: unknown, indent = ''): string {
  if (value instanceof FromFile) return `await readFile('${value.name}')`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = `${indent}  `;
  const entry = ([name, one]: [string, unknown]) =>
    `${/^[a-z_]\w*$/i.test(name) ? name : quoted(name)}: ${literal(one, inner)}`;
  const items = Array.isArray(value) ? value.map((one) => literal(one, inner)) : Object.entries(value).map(entry);
  const [open, close, pad] = Array.isArray(value) ? ['[', ']', ''] : ['{', '}', items.length ? ' ' : ''];
  const line = `${open}${pad}${items.join(', ')}${pad}${close}`;
  if (line.length <= 60 && !line.includes('\n')) return line;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}${close}`;
}
