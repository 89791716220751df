import { pretty } from '../json.ts';
import { fileOf, type SampleRequest } from './request.ts';

/** A command for a POSIX shell; the key comes from the environment. */
export function curl({ operation, url, idempotency_key, body }: SampleRequest): string {
  const method = operation.method === 'GET' || (operation.method === 'POST' && body) ? '' : `-X ${operation.method} `;
  const live = operation.success.media?.type === 'text/event-stream' ? '-N ' : '';
  const parts = [`curl ${live}${method}${quoted(url)}`, `-H "Authorization: Bearer $KOLTRIX_KEY"`];
  if (idempotency_key) parts.push(`-H ${quoted(`Idempotency-Key: ${idempotency_key}`)}`);
  if (body) parts.push(`-H ${quoted(`Content-Type: ${body.type}`)}`);
  if (body?.type === 'application/json') parts.push(`-d ${quoted(pretty(body.example))}`);
  else if (body) parts.push(`--data-binary @${fileOf(body.type)}`);
  return parts.join(' \\\n  ');
}

const quoted = (text: string) => (/^[\w:/.@%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
