import type { Fault } from '../generated/types.gen.ts';
import { textFaults } from './body.ts';
import type { Operation, Parameter } from './generated/operations.gen.ts';
import { schemas } from './generated/schemas.gen.ts';
import { invalid } from './problem.ts';
import { faultsOf, type Schema } from './schema.ts';

export interface Parts {
  path: Record<string, string>;
  search: URLSearchParams;
  body: unknown;
}

/** Holds a request against the contract; answers its query with each value in its type. Throws `invalid-request`. */
export function validate(operation: Operation, { path, search, body }: Parts): Record<string, unknown> {
  const given = groupQuery(search);
  const nuls = [
    ...Object.entries(path).flatMap(([name, value]) => textFaults(value, `{${name}}`)),
    ...Object.entries(given).flatMap(([name, value]) => textFaults(value, `?${name}`)),
  ];
  if (nuls.length) throw invalid(...nuls);
  refuseOddQuery(operation, given);
  const query: Record<string, unknown> = {};
  const faults = new Map<string, Fault>();
  for (const parameter of operation.parameters) {
    const isQuery = parameter.in === 'query';
    const { name } = parameter;
    const text = isQuery ? given[name] : path[name];
    const place = isQuery ? `?${name}` : `{${name}}`;
    if (text === undefined) {
      if (parameter.required) collect(faults, [{ pointer: place, detail: 'is required' }]);
      continue;
    }
    const value = isQuery ? typed(parameter, text) : text;
    if (isQuery) query[name] = value;
    collect(faults, faultsOf(schemas, parameter.schema, value, place));
  }
  collect(faults, bodyFaults(operation, body));
  if (faults.size) throw invalid(...choices(faults));
  return query;
}

function bodyFaults({ body: schema, bodyRequired }: Operation, body: unknown): Iterable<Fault> {
  if (!schema) return [];
  if (body === undefined) return bodyRequired ? [{ pointer: '', detail: 'a body is required; it is empty' }] : [];
  return faultsOf(schemas, schema, body);
}

/** Each name with its value, or its values when it stands there several times. */
function groupQuery(search: URLSearchParams): Record<string, string | string[]> {
  const given: Record<string, string | string[]> = Object.create(null);
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    given[name] = values.length > 1 ? values : (values[0] as string);
  }
  return given;
}

function refuseOddQuery({ parameters }: Operation, given: Record<string, unknown>): void {
  const known = new Set(parameters.filter((p) => p.in === 'query').map((p) => p.name));
  for (const [name, value] of Object.entries(given)) {
    if (!known.has(name)) {
      throw invalid({ pointer: `?${name}`, detail: 'is not a known query parameter; leave it out' });
    }
    if (value === '') throw invalid({ pointer: `?${name}`, detail: `Empty value found for query parameter '${name}'` });
  }
}

/** Text becomes what its schema says, where it can. */
function typed({ schema }: Parameter, text: string | string[]): unknown {
  const { type } = resolved(schema);
  if (type === 'array') return [text].flat();
  if (type === 'integer' && typeof text === 'string' && text.trim() !== '' && Number.isInteger(Number(text))) {
    return Number(text);
  }
  return text;
}

function resolved(schema: Schema): Schema {
  return schema.$ref ? resolved(schemas[schema.$ref] as Schema) : schema;
}

/** More of them would tell nobody more. */
const MAX_FAULTS = 50;

const OF_TYPE = /^must (be (array|boolean|integer|null|number|object|string)\b|match exactly one schema)/;

/** One fault for each place: the first that is about more than the type, for of a choice between types one was meant. */
function collect(faults: Map<string, Fault>, more: Iterable<Fault>): void {
  for (const fault of more) {
    if (faults.size === MAX_FAULTS) return;
    const known = faults.get(fault.pointer);
    if (!known || (OF_TYPE.test(known.detail) && !OF_TYPE.test(fault.detail))) faults.set(fault.pointer, fault);
  }
}

/** Where one of two bodies is wanted, one fault says so; of a choice with several branches, those speak for it. */
function choices(faults: Map<string, Fault>): Fault[] {
  for (const first of [...faults.keys()].filter((pointer) => pointer.endsWith('/body_text'))) {
    const second = first.replace(/text$/, 'html');
    if (faults.get(first)?.detail !== 'is required' || faults.get(second)?.detail !== 'is required') continue;
    faults.set(first, { pointer: first, detail: 'is required, unless body_html is given; both may be' });
    faults.delete(second);
  }
  const all = [...faults.values()];
  const spoken = all.filter(({ detail }) => !/ schema in (any|one)Of$/.test(detail));
  return spoken.length ? spoken : all;
}
