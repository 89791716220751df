import { fileOf, type SampleRequest } from './request.ts';

/** A script for the `requests` package. */
export function python({ operation, url, query, idempotency_key, body }: SampleRequest): string {
  const isStream = operation.success.media?.type === 'text/event-stream';
  const headers: [string, string][] = [['Authorization', `f"Bearer {os.environ['KOLTRIX_KEY']}"`]];
  if (idempotency_key) headers.push(['Idempotency-Key', quoted(idempotency_key)]);
  if (body && body.type !== 'application/json') headers.push(['Content-Type', quoted(body.type)]);
  const given = [
    quoted(url.split('?')[0] ?? url),
    ...(query.length ? [`params=${literal(Object.fromEntries(query), '    ')}`] : []),
    `headers={\n${headers.map(([name, value]) => `        ${quoted(name)}: ${value},\n`).join('')}    }`,
    ...(body ? [bodyOf(body)] : []),
    ...(isStream ? ['stream=True', 'timeout=(10, 45)'] : [`timeout=${timeout_s(query)}`]),
  ];
  const call = `requests.${operation.method.toLowerCase()}(\n${given.map((one) => `    ${one},\n`).join('')})`;
  return `import os\n\nimport requests\n\nresponse = ${call}\nresponse.raise_for_status()\n${use(operation)}`;
}

function bodyOf({ type, example }: NonNullable<SampleRequest['body']>): string {
  return type === 'application/json' ? `json=${literal(example, '    ')}` : `data=open("${fileOf(type)}", "rb")`;
}

function use({ success }: SampleRequest['operation']): string {
  if (!success.media) return 'print(response.status_code)';
  if (success.media.type === 'text/event-stream')
    return 'for line in response.iter_lines(decode_unicode=True):\n    print(line)';
  return success.media.type === 'application/json' ? 'print(response.json())' : 'print(response.text)';
}

/** A call that waits on purpose needs more patience than its wait. */
const timeout_s = (query: SampleRequest['query']) => 30 + Number(query.find(([name]) => name === 'wait')?.[1] ?? 0);

// A JSON string is a Python string, but for \/ which JSON.stringify never writes.
const quoted = (text: string) => JSON.stringify(text);

function literal(value: unknown, indent: string): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return typeof value === 'string' ? quoted(value) : String(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((one) => literal(one, inner))
    : Object.entries(value).map(([name, one]) => `${quoted(name)}: ${literal(one, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const line = `${open}${items.join(', ')}${close}`;
  if (line.length <= 60 && !line.includes('\n')) return line;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}${close}`;
}
