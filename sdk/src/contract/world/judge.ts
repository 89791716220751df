import { type Contract, type Operation, takesKey } from '../spec/contract.ts';
import { step } from '../spec/document.ts';
import type { Validators } from '../spec/validators.ts';
import type { Exchange } from './client.ts';
import { memberOf } from './json.ts';
import type { Rule } from './ledger.ts';
import { faultsOfProblem } from './problem.ts';
import type { Verdict } from './verdict.ts';

/** The rules that every answer is held against. */
export const ANSWER_RULES: readonly Rule[] = [
  'connection',
  'status',
  'headers',
  'content-type',
  'schema',
  'undocumented-field',
  'problem',
  'timestamp',
  'server-error',
];

/** Faults after which it is of no use to ask whether the answer means the right thing. */
export const MEANING: readonly Rule[] = ['connection', 'status', 'content-type', 'problem', 'server-error'];

type Judged = Pick<Contract, 'problems' | 'document' | 'base_path'>;

/** What is wrong with an answer, whatever was asked. */
export function judge(contract: Judged, validators: Validators, exchange: Exchange): Verdict[] {
  const { operation } = exchange.call;
  if (exchange.status === 0)
    return [
      { rule: 'connection', message: `no answer came: ${exchange.failure}`, place: operation?.place ?? '#/paths' },
    ];
  if (!operation) return faultsOfProblem(contract, validators, exchange, '#/paths');
  return [...verdictsOf(contract, validators, exchange, operation)];
}

function* verdictsOf(
  contract: Judged,
  validators: Validators,
  exchange: Exchange,
  operation: Operation,
): Generator<Verdict> {
  const { status } = exchange;
  const answer = operation.answers[status];
  if (!answer) {
    const place = `${operation.place}/responses`;
    const documented = Object.keys(operation.answers).join(', ');
    yield { rule: 'status', message: `${status} is not documented; documented are ${documented}`, place };
    return;
  }
  if (status >= 500 && status !== 503)
    yield { rule: 'server-error', message: `it answered ${status}`, place: answer.place };
  for (const message of faultsOfHeaders(validators, exchange, answer.headers))
    yield { rule: 'headers', message, place: `${answer.place}/headers` };
  const media_type = yield* mediaTypeOf(exchange, answer);
  if (!media_type?.endsWith('json')) return;
  const place = `${answer.place}/content/${step(media_type)}/schema`;
  if (exchange.json === undefined) {
    yield { rule: 'schema', message: 'the body is not JSON', place };
    return;
  }
  for (const { pointer, message, undocumented } of validators.faultsOf(place, exchange.json)) {
    const rule = undocumented ? 'undocumented-field' : message.includes('"date-time"') ? 'timestamp' : 'schema';
    // Items of a list are all alike: where in the list does not matter.
    yield { rule, message: `${pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*') || 'the body'} ${message}`, place };
  }
  if (status >= 400) yield* faultsOfProblem(contract, validators, exchange, answer.place);
  else yield* faultsOfTimes(exchange, operation, place);
}

/** Returns the media type of the body, when it is one that is documented. */
function* mediaTypeOf(
  { headers, text }: Exchange,
  { content, place }: Operation['answers'][number],
): Generator<Verdict, string | undefined> {
  const [media_type, parameter] = (headers.get('content-type') ?? '').toLowerCase().split(/\s*;\s*/);
  const types = Object.keys(content);
  const rule = 'content-type';
  if (types.length === 0) {
    if (text !== '') yield { rule: 'schema', message: 'the answer has a body, but none is documented', place };
    return undefined;
  }
  if (!media_type || !types.includes(media_type)) {
    const said = media_type ? `is ${media_type}` : 'is missing';
    yield { rule, message: `Content-Type ${said}; documented is ${types.join(', ')}`, place: `${place}/content` };
    return undefined;
  }
  if (parameter?.startsWith('charset=') && !/^charset="?utf-?8"?$/.test(parameter))
    yield { rule, message: `Content-Type says ${parameter}; JSON is UTF-8`, place: `${place}/content` };
  return media_type;
}

/** Only the headers that an answer must have by its status; a replay is told by the checks of idempotency. */
function* faultsOfHeaders(
  validators: Validators,
  { status, headers, json }: Exchange,
  documented: Record<string, object>,
) {
  const retryable = memberOf(json, 'retryable') === true;
  for (const [name, schema] of Object.entries(documented)) {
    const text = headers.get(name);
    const optional =
      name.toLowerCase() === 'idempotent-replayed' ||
      (name.toLowerCase() === 'retry-after' && status !== 429 && status !== 503 && !(status === 409 && retryable));
    if (text === null) {
      if (!optional) yield `${name} is missing`;
    } else if (!validators.accepts(schema, text) && !validators.accepts(schema, Number(text))) {
      yield `${name} is ${JSON.stringify(text)}, which its schema does not allow`;
    } else if (/^ratelimit(-policy)?$/i.test(name) && !RATE_LIMIT.test(text)) {
      yield `${name} is ${JSON.stringify(text)}, and not as the contract describes it`;
    }
  }
}

const RATE_LIMIT = /^"[^"]+"(;[a-z]+=\d+)+$/;
const TOLERANCE_MS = 5 * 60_000;

/** What was made just now says so; a replay says when it was first made. */
function* faultsOfTimes({ headers, json }: Exchange, operation: Operation, place: string): Generator<Verdict> {
  const { created_at } = (json ?? {}) as { created_at?: unknown };
  const server_ms = Date.parse(headers.get('date') ?? '');
  if (
    typeof created_at !== 'string' ||
    !takesKey(operation) ||
    headers.has('idempotent-replayed') ||
    Number.isNaN(server_ms)
  )
    return;
  const off_ms = Math.abs(Date.parse(created_at) - server_ms);
  if (off_ms > TOLERANCE_MS)
    yield {
      rule: 'timestamp',
      message: `/created_at is ${created_at}, but the server’s clock says ${headers.get('date')}`,
      place,
    };
}
