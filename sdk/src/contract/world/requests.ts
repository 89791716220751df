import { type Operation, queryParameters } from '../spec/contract.ts';
import type { Parameter } from '../spec/document.ts';
import { safeMessage } from '../values/safe-text.ts';
import { safe, sample } from '../values/sample.ts';
import type { Sampling } from '../values/sampling.ts';
import type { Bound } from './bound.ts';
import type { Call } from './client.ts';

/** A request that ought to succeed. */
export interface Prepared {
  call: Call;
  /** The body before it was written as JSON. */
  body: unknown;
  label: string;
}

/** Why there can be no such request here. */
export interface Missing {
  missing: string;
}

export interface Preparation {
  /** Which of the documented bodies; the first by default. */
  example?: number;
  /** With no property that need not be there. */
  minimal?: boolean;
}

export function prepare(
  sampling: Sampling,
  operation: Operation,
  bound: Bound,
  { example = 0, minimal = false }: Preparation = {},
): Prepared | Missing {
  const query: [string, string][] = [];
  for (const parameter of queryParameters(operation).filter(({ required }) => required)) {
    const value = valueFor(sampling, parameter);
    if (value === undefined) return { missing: `no value for ${parameter.name} could be made from the contract` };
    query.push(...written(parameter.name, value));
  }
  const call = { operation, method: operation.method, path: bound.path, query };
  const { body } = operation;
  if (!body) return { call, body: undefined, label: sampling.label };
  const shown = body.examples[example]?.[1];
  if (!/\bjson$/.test(body.media_type)) {
    if (typeof shown !== 'string') return { missing: `the contract has no example of ${body.media_type}` };
    const text = safeMessage(sampling, shown);
    return { call: { ...call, body: text, media_type: body.media_type }, body: text, label: sampling.label };
  }
  const value =
    minimal || shown === undefined
      ? sample(sampling, body.schema, { optional: !minimal })
      : safe(sampling, body.schema, shown, '');
  if (value === undefined) return { missing: 'no body could be made from the contract' };
  return { call: withBody({ ...call, media_type: body.media_type }, value), body: value, label: sampling.label };
}

export function withBody(call: Call, body: unknown): Call {
  return { ...call, body: JSON.stringify(body) };
}

export function valueFor(sampling: Sampling, { name, schema = {}, example }: Parameter): unknown {
  return sample(sampling, schema, { name, ...(example !== undefined && { example }) });
}

/** A query parameter as it stands in a URL: a list repeats it. */
export function written(name: string, value: unknown): [string, string][] {
  return [value].flat().map((item) => [name, String(item)]);
}
