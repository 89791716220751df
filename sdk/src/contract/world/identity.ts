import { type Contract, type Operation, successOf } from '../spec/contract.ts';
import type { Parameter, Schema } from '../spec/document.ts';
import { firstForm } from '../spec/flatten.ts';

/** `/idempotency-keys/{key}` tells of what was sent in the header `Idempotency-Key`. */
export function namesHeader(operations: Operation[], prefix: string): boolean {
  const segment = prefix.split('/').at(-1) ?? '';
  return operations.some(({ parameters }) =>
    parameters.some((p) => p.in === 'header' && `${p.name.toLowerCase()}s` === segment),
  );
}

/** The property by which a value of this schema is known where the parameter stands in a path. */
export function identityIn(
  { document }: Pick<Contract, 'document'>,
  schema: Schema,
  { name, schema: own = {} }: Parameter,
): string | undefined {
  const { properties = {} } = firstForm(document, schema);
  const same = (property: string) => properties[property] !== undefined && properties[property].$ref === own.$ref;
  if (own.$ref && same('id')) return 'id';
  return same(name) ? name : undefined;
}

export interface Maker {
  maker: Operation;
  /** Of its answer: the id. */
  property: string;
}

/**
 * Operations whose answer holds such an id as its own: first the one at the collection itself.
 *
 * @param prefix - the path before the parameter
 * @param asker_id - the operation that needs the id; it does not make its own
 */
export function makersOf(contract: Contract, parameter: Parameter, prefix: string, asker_id: string): Maker[] {
  return contract.operations
    .filter((o) => o.method === 'POST' && o.id !== asker_id && !o.path.includes(`{${parameter.name}}`))
    .flatMap((maker) => {
      const schema = successOf(maker)?.schema;
      const property = schema && identityIn(contract, schema, parameter);
      return property && (maker.path === prefix || parameter.schema?.$ref) ? [{ maker, property }] : [];
    })
    .sort((a, b) => Number(b.maker.path === prefix) - Number(a.maker.path === prefix));
}
