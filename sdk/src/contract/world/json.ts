/* What a broken server answers may be any JSON: nothing of its shape is taken for granted. */

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** A member, where there is an object that has it. */
export function memberOf(json: unknown, name: string): unknown {
  return isObject(json) ? json[name] : undefined;
}

/** The objects in a list that is a member: the items of a page by default. */
export function itemsIn(json: unknown, name = 'data'): Record<string, unknown>[] {
  const list = memberOf(json, name);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The places that a refusal points at. */
export function pointersIn(json: unknown): string[] {
  return itemsIn(json, 'errors').flatMap(({ pointer }) => (typeof pointer === 'string' ? [pointer] : []));
}
