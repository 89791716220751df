import type { Operation } from '../spec/contract.ts';
import { pathParameters } from '../spec/contract.ts';
import type { Validators } from '../spec/validators.ts';
import { recipient } from '../values/safe-text.ts';
import { type Bound, fill } from './bound.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The path with the last of its values, or another, replaced by one of the same form that stands for nothing. */
export function nobodys(
  validators: Pick<Validators, 'accepts'>,
  operation: Operation,
  { values }: Bound,
  label: string,
  which = -1,
): Bound {
  const parameter = pathParameters(operation).at(which);
  if (!parameter) return { path: operation.path, values };
  const value = values[parameter.name] ?? '';
  const random = Array.from({ length: 10 }, () => ALPHABET[Math.floor(Math.random() * 32)]).join('');
  const candidates = [value.includes('@') ? recipient(label) : value.slice(0, -10) + random, label];
  const other = candidates.find((candidate) => validators.accepts(parameter.schema ?? {}, candidate)) ?? label;
  const changed = { ...values, [parameter.name]: other };
  return { path: fill(operation.path, changed), values: changed };
}
