import { type Contract, type Operation, pathParameters } from '../spec/contract.ts';
import { flatten } from '../spec/flatten.ts';
import type { Call, Client } from './client.ts';
import { isObject } from './json.ts';

/**
 * The requests that give back what there is one of, and so cannot be made for a check: the settings of the account. To be
 * read before anything is changed.
 */
export async function restorersOf(contract: Contract, client: Client, chosen: readonly Operation[]): Promise<Call[]> {
  const restorers: Call[] = [];
  for (const change of chosen) {
    const { method, path, body } = change;
    const shows = contract.operations.find((operation) => operation.method === 'GET' && operation.path === path);
    if (!['PATCH', 'PUT'].includes(method) || !body || !shows || pathParameters(change).length) continue;
    const { status, json } = await client.send({ operation: shows, method: 'GET', path });
    if (status !== 200 || !isObject(json)) continue;
    const names = Object.keys(flatten(contract.document, body.schema).properties ?? {});
    const own = Object.fromEntries(names.filter((name) => name in json).map((name) => [name, json[name]]));
    restorers.push({ operation: change, method, path, body: JSON.stringify(own), media_type: body.media_type });
  }
  return restorers;
}
