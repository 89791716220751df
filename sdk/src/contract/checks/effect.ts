import { itemOf, type Operation } from '../spec/contract.ts';
import type { Run } from '../world/run-state.ts';

/** How many things with this label the list shows to which the operation adds; undefined when there is no such list. */
export async function countOf(run: Run, operation: Operation, label: string): Promise<number | undefined> {
  const list = listFor(run, operation);
  if (!list) return undefined;
  const call = { operation: list, method: list.method, path: list.path, query: [['limit', '100']] as const };
  const { json, status } = await run.client.send(call);
  const { data } = (json ?? {}) as { data?: unknown[] };
  if (status !== 200 || !Array.isArray(data)) return undefined;
  return data.filter((item) => JSON.stringify(item).includes(label)).length;
}

/** The list at the operation's own path, or at the nearest above it. */
function listFor({ contract }: Run, { path }: Operation): Operation | undefined {
  for (let place = path; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
    if (place.includes('{')) continue;
    const list = contract.operations.find((o) => o.method === 'GET' && o.path === place);
    if (list && itemOf(contract.document, list)) return list;
  }
  return undefined;
}
