import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Problem, ProblemCode, Scope } from 'koltrix';
import { expect } from 'vitest';
import { behaviours } from '../../sdk/src/testing/operations/index.ts';
import { isMock } from './host.ts';

interface Media {
  examples: Record<string, { value: unknown }>;
}

interface Operation {
  operationId: string;
  'x-scope': Scope | 'any';
  parameters?: { $ref?: string }[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, { $ref?: string; content?: Record<string, unknown> }>;
}

/** An operation of the contract, with what a caller needs to use it. */
export interface ContractOperation {
  id: string;
  method: string;
  /** With the placeholders of the contract, as `/emails/{email_id}`. */
  path: string;
  scope: Scope | 'any';
  takesIdempotencyKey: boolean;
  /** The media type of the request's body; undefined when it has none. */
  consumes: string | undefined;
  /** The documented request bodies, by name. */
  examples: [name: string, value: unknown][];
  responses: Operation['responses'];
}

type Paths = Record<string, Record<string, Operation>>;

const contract: { paths: Paths } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../server/generated/openapi.gen.json'), 'utf8'),
);

const all: ContractOperation[] = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => {
    const [consumes, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      scope: operation['x-scope'],
      takesIdempotencyKey: (operation.parameters ?? []).some((p) => p.$ref?.endsWith('/IdempotencyKey')),
      consumes,
      examples: Object.entries(media?.examples ?? {}).map(([name, { value }]) => [name, value] as [string, unknown]),
      responses: operation.responses,
    };
  }),
);

/** To the mock, an operation without behaviour is no more than its example. */
const isMocked = (path: string) => all.filter((o) => o.path === path).every((o) => o.id in behaviours);

/** Every operation; in the project `mock`, those of the paths that the mock behaves for. */
export const operations = all.filter(({ path }) => !isMock || isMocked(path));

/** Independent of the server's validator: another dialect's compiler and formats of our own. */
const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    uri: (text: string) => URL.canParse(text),
    address: /^.+@[^@\s]+$/u,
    'header-text': true,
    mailbox: true,
    binary: true,
  },
});
ajv.addSchema(contract, 'contract');

/** By the place in the contract; Ajv would compile the schema there anew for each answer. */
const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** Throws unless the value is what the contract has at that place, a JSON pointer. */
function expectValid(place: string, value: unknown): void {
  const validate = validators.get(place) ?? ajv.compile({ $ref: `contract#${place}` });
  validators.set(place, validate);
  expect(validate(value) ? [] : validate.errors, JSON.stringify(value)?.slice(0, 500)).toEqual([]);
}

const step = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Holds an answer against its operation: status documented, headers there, body valid. Answers the body's text. */
export async function expectAnswer(operation: ContractOperation, response: Response): Promise<string> {
  const text = await response.text();
  const documented = operation.responses[response.status];
  expect(documented, `${operation.id} answered ${response.status}: ${text.slice(0, 500)}`).toBeDefined();
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  expect(response.headers.get('ratelimit-policy')).toMatch(/^"default";q=\d+;w=\d+$/);
  expect(response.headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/);
  const media = Object.keys(documented?.content ?? {})[0];
  const [type, parameter] = response.headers.get('content-type')?.split(/; */) ?? [];
  if (documented?.$ref) {
    expect(type).toBe('application/problem+json');
    expectValid('/components/schemas/Problem', JSON.parse(text));
  } else if (media === undefined) {
    expect(text).toBe('');
  } else {
    expect(type).toBe(media);
    const place = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(response.status)];
    if (media.endsWith('json')) {
      expect(parameter).toBe('charset=utf-8');
      expectValid(`/${[...place, 'content', media, 'schema'].map(step).join('/')}`, JSON.parse(text));
    }
  }
  return text;
}

export interface ExpectedProblem {
  status: number;
  code: ProblemCode;
  /** Of the first fault. */
  pointer?: string;
  /** What the detail has to say. */
  says?: RegExp;
}

/** A refusal as the contract has it: status, code, the place of the fault, and a detail that helps. Answers it. */
export async function expectProblem(response: Response, expected: ExpectedProblem): Promise<Problem> {
  const text = await response.text();
  expect(`${response.status} ${text}`).toMatch(new RegExp(`^${expected.status} `));
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = JSON.parse(text) as Problem;
  expectValid('/components/schemas/Problem', problem);
  expect(problem).toMatchObject({
    status: expected.status,
    code: expected.code,
    type: `/problems/${expected.code}`,
    instance: new URL(response.url).pathname,
    request_id: response.headers.get('x-request-id'),
  });
  expect(problem.detail.length).toBeGreaterThan(15);
  if (expected.pointer !== undefined) expect(problem.errors?.[0]?.pointer, text).toBe(expected.pointer);
  for (const fault of problem.errors ?? []) expect(fault.detail.length, text).toBeGreaterThan(9);
  if (expected.says) expect(problem.errors?.[0]?.detail ?? problem.detail).toMatch(expected.says);
  return problem;
}
