import { type Contract, itemOf, type Operation, pathParameters, queryParameters, successOf } from '../spec/contract.ts';
import type { Schema } from '../spec/document.ts';
import { flatten } from '../spec/flatten.ts';
import { fill } from './bound.ts';
import type { Call, Client, Exchange } from './client.ts';
import { identityIn } from './identity.ts';
import { isObject, itemsIn } from './json.ts';
import { restorersOf } from './settings.ts';

interface Remover {
  maker: Operation;
  remover: Operation;
  /** Of the maker's answer, or of each item of its list. */
  property: string;
  each: boolean;
}

export interface CleanUp {
  notice(exchange: Exchange): void;
  /** Reads what is going to be changed and cannot be removed. */
  prepare(client: Client, chosen: readonly Operation[]): Promise<void>;
  /** Removes what this run has made, the last first, and restores what it changed; answers what could not be. */
  run(client: Client): Promise<string[]>;
}

/**
 * Follows what is made, to take it away in the end: by the operation that deletes, revokes or cancels such a thing. What no
 * answer has named is found in the lists by the word that stands in every name of this run.
 */
export function cleanUpFor(contract: Contract, word: string): CleanUp {
  const removers = removersIn(contract);
  const made = new Map<string, Call>();
  let isReached = false;
  let restorers: Call[] = [];
  return {
    async prepare(client, chosen) {
      restorers = await restorersOf(contract, client, chosen);
    },
    notice({ call, status, json }) {
      isReached ||= status > 0;
      if (status < 200 || status > 299 || !call.operation) return;
      if (call.method === 'DELETE') made.delete(nameOf(call));
      for (const { maker, remover, property, each } of removers) {
        if (maker.id !== call.operation.id) continue;
        for (const item of each ? itemsIn(json) : [json].filter(isObject)) {
          const { [property]: id, status: state } = item;
          const last = pathParameters(remover).at(-1)?.name ?? '';
          // What is under way already cannot be called back, and need not be.
          if (typeof id !== 'string' || (remover.method !== 'DELETE' && state !== 'scheduled')) continue;
          const path = fill(remover.path, { ...valuesIn(maker.path, call.path), [last]: id });
          const removal = { operation: remover, method: remover.method, path, query: queryFor(remover, item) };
          made.set(nameOf(removal), removal);
        }
      }
    },
    async run(client) {
      if (!isReached) return [];
      const left: string[] = [];
      const remove = async (name: string, call: Call) => {
        const { status } = await client.send(call);
        if (status >= 300 && status !== 404 && status !== 409) left.push(`${name} was answered ${status}`);
      };
      for (const call of restorers) await remove(nameOf(call), call);
      const removed = new Set(made.keys());
      for (const [name, call] of [...made].reverse()) await remove(name, call);
      for await (const call of unnamed(contract, client, word)) {
        if (!removed.has(nameOf(call))) await remove(nameOf(call), call);
      }
      return left;
    },
  };
}

/** What the lists show of this run, as the requests that remove it. */
async function* unnamed(contract: Contract, client: Client, word: string): AsyncGenerator<Call> {
  for (const remover of contract.operations.filter(({ method }) => method === 'DELETE')) {
    const [parameter, ...others] = pathParameters(remover);
    const path = remover.path.slice(0, remover.path.indexOf('/{'));
    const list = contract.operations.find((operation) => operation.method === 'GET' && operation.path === path);
    const item = list && itemOf(contract.document, list);
    const property = item && parameter && identityIn(contract, item, parameter);
    if (!list || !property || others.length) continue;
    const { json } = await client.send({ operation: list, method: 'GET', path, query: [['limit', '100']] });
    for (const thing of itemsIn(json).filter((one) => JSON.stringify(one).includes(word))) {
      const place = fill(remover.path, { [parameter.name]: String(thing[property]) });
      yield { operation: remover, method: remover.method, path: place, query: queryFor(remover, thing) };
    }
  }
}

const nameOf = ({ method, path, query = [] }: Call) => [method, path, ...query].join(' ');

/** What the operation asks for in its query, as the thing itself has it. */
function queryFor(operation: Operation, thing: unknown): [string, string][] {
  const values = thing as Record<string, unknown>;
  return queryParameters(operation).flatMap(({ name }): [string, string][] =>
    typeof values[name] === 'string' ? [[name, values[name]]] : [],
  );
}

function removersIn(contract: Contract): Remover[] {
  const { operations } = contract;
  const removers = operations.filter(({ id, method }) => method === 'DELETE' || /^(cancel|revoke|delete)/.test(id));
  return removers.flatMap((remover) => {
    const parameter = pathParameters(remover).at(-1);
    if (!parameter) return [];
    return operations
      .filter((maker) => maker.method === 'POST' && !maker.path.includes(`{${parameter.name}}`))
      .flatMap((maker): Remover[] => {
        const schema = successOf(maker)?.schema;
        const item = schema && itemsOf(contract, schema);
        const [own, each] = [schema, item].map((s) => s && identityIn(contract, s, parameter));
        const needed = pathParameters(remover).slice(0, -1);
        if (!needed.every(({ name }) => maker.path.includes(`{${name}}`))) return [];
        if (own) return [{ maker, remover, property: own, each: false }];
        return each ? [{ maker, remover, property: each, each: true }] : [];
      });
  });
}

function itemsOf({ document }: Contract, schema: Schema): Schema | undefined {
  const { data } = flatten(document, schema).properties ?? {};
  return data && flatten(document, data).items;
}

/** What stands at the placeholders of a path. */
function valuesIn(template: string, path: string): Record<string, string> {
  const [names, values] = [template.split('/'), path.split('/')];
  const pairs = names.flatMap((name, i) =>
    name.startsWith('{') ? [[name.slice(1, -1), decodeURIComponent(values[i] ?? '')]] : [],
  );
  return Object.fromEntries(pairs);
}
