import type { Contract } from '../spec/contract.ts';
import type { Validators } from '../spec/validators.ts';
import type { Exchange } from './client.ts';
import { pointersIn } from './json.ts';
import type { Verdict } from './verdict.ts';

interface Problem {
  type: string;
  status: number;
  code: string;
  instance: string;
  request_id: string;
  retryable: boolean;
}

/** An empty pointer is the body; `/to/0` a place in it; `?limit`, `{id}` and `Name:` parts of the request's head. */
const POINTER = /^($|\/|\?[^/]|\{\w+\}$|[A-Za-z-]+:$)/;

/** What a refusal says of itself must agree with itself, with its status, and with the contract. */
export function faultsOfProblem(
  { problems, document, base_path }: Pick<Contract, 'problems' | 'document' | 'base_path'>,
  validators: Validators,
  { status, json, headers, url }: Exchange,
  place: string,
): Verdict[] {
  const problem = json as Partial<Problem> | undefined;
  if (typeof problem !== 'object' || problem === null)
    return [{ rule: 'problem', message: 'the body is no problem of RFC 9457', place }];
  const faults: string[] = [];
  const { code = '', retryable } = problem;
  const hasSchema = document.components?.schemas?.Problem !== undefined;
  // Of an operation's own answers the schema was looked at already.
  if (place === '#/paths' && hasSchema)
    for (const { pointer, message } of validators.faultsOf('#/components/schemas/Problem', json))
      faults.push(`${pointer || 'the body'} ${message}`);
  if (problem.status !== status) faults.push(`/status is ${problem.status}, but the answer’s status is ${status}`);
  const known = problems.get(code);
  if (known && known.status !== status) faults.push(`the code ${code} belongs to ${known.status}, not to ${status}`);
  if (code && typeof problem.type === 'string' && problem.type.split('/').at(-1) !== code)
    faults.push(`/type is ${problem.type}, which is not the page of ${code}`);
  if (typeof problem.instance === 'string' && !isPathOf(url, problem.instance, base_path))
    faults.push(`/instance is ${problem.instance}, not the path of the request`);
  const request_id = headers.get('x-request-id');
  if (problem.request_id !== undefined && request_id !== null && problem.request_id !== request_id)
    faults.push('/request_id is not what X-Request-Id says');
  const expected = known?.retryable ?? (status >= 500 || status === 429 || status === 408);
  if (typeof retryable === 'boolean' && retryable !== expected)
    faults.push(
      `/retryable is ${retryable}, but ${code || status} ${expected ? 'may succeed later' : 'will fail again'}`,
    );
  for (const pointer of pointersIn(json))
    if (!POINTER.test(pointer))
      faults.push(`the pointer ${JSON.stringify(pointer)} is of no form that the contract names`);
  return faults.map((message) => ({ rule: 'problem', message, place }));
}

/** A proxy before the server may have taken a prefix off, of which the server cannot know. */
function isPathOf(url: string, instance: string, base_path: string): boolean {
  const { pathname } = new URL(url);
  return pathname === instance || (pathname.endsWith(instance) && instance.startsWith(`${base_path}/`));
}
