import { pretty } from '../json.ts';
import { fileOf, type SampleRequest } from './request.ts';

/** A program for Go's `net/http`. */
export function go({ operation, url, idempotency_key, body }: SampleRequest): string {
  const isStream = operation.success.media?.type === 'text/event-stream';
  const isRaw = body !== undefined && body.type !== 'application/json';
  const packages = ['fmt', 'net/http', 'os', isStream ? 'bufio' : 'io', ...(body && !isRaw ? ['strings'] : [])].sort();
  const headers = [`request.Header.Set("Authorization", "Bearer "+os.Getenv("KOLTRIX_KEY"))`];
  if (idempotency_key) headers.push(`request.Header.Set("Idempotency-Key", ${JSON.stringify(idempotency_key)})`);
  if (body) headers.push(`request.Header.Set("Content-Type", ${JSON.stringify(body.type)})`);
  const lines = [
    ...(body ? bodyOf(body) : []),
    `request, err := http.NewRequest("${operation.method}", ${JSON.stringify(url)}, ${body ? 'body' : 'nil'})`,
    ...refuse,
    ...headers,
    '',
    'response, err := http.DefaultClient.Do(request)',
    ...refuse,
    'defer response.Body.Close()',
    ...(isStream ? readLines : readAll),
  ];
  return `package main

import (
${packages.map((name) => `\t"${name}"`).join('\n')}
)

func main() {
${lines.map((line) => (line ? `\t${line}` : '')).join('\n')}
}`;
}

const refuse = ['if err != nil {', '\tpanic(err)', '}'];
const readAll = ['answer, err := io.ReadAll(response.Body)', ...refuse, 'fmt.Println(response.Status, string(answer))'];
const readLines = [
  'lines := bufio.NewScanner(response.Body)',
  'for lines.Scan() {',
  '\tfmt.Println(lines.Text())',
  '}',
];

function bodyOf({ type, example }: NonNullable<SampleRequest['body']>): string[] {
  if (type !== 'application/json') return [`body, err := os.Open("${fileOf(type)}")`, ...refuse];
  // A raw string ends at a backtick, so one inside is spliced in.
  const json = pretty(example, '\t').replaceAll('`', '` + "`" + `').replaceAll('\n', '\n\t');
  return [`body := strings.NewReader(\`${json}\`)`];
}
