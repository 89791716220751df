/** Results to iterate over as they come, or to await as a list. Nothing happens before one of them is done. */
export interface Collectable<T> extends AsyncGenerator<T, void, undefined>, PromiseLike<T[]> {}

/** @param order - of the awaited list */
export function collectable<T>(
  results: AsyncGenerator<T, void, undefined>,
  order: (a: T, b: T) => number,
): Collectable<T> {
  let all: Promise<T[]> | undefined;
  const collect = async () => {
    const list: T[] = [];
    for await (const result of results) list.push(result);
    return list.sort(order);
  };
  const then: Collectable<T>['then'] = (...callbacks) => {
    all ??= collect();
    return all.then(...callbacks);
  };
  return Object.assign(results, { then });
}
