import { itemOf, type Operation, pathParameters } from '../spec/contract.ts';
import type { Bound } from '../world/bound.ts';
import type { Exchange } from '../world/client.ts';
import { itemsIn, memberOf } from '../world/json.ts';
import { nobodys } from '../world/nobodys.ts';
import { prepare } from '../world/requests.ts';
import { codeOf, conclude, expecting, type Run } from '../world/run-state.ts';

const isNotFound = (exchange: Exchange) => exchange.status === 404 && codeOf(exchange) === 'not-found';

/** What is not there is not found, whatever else the request says; an id of another form may be refused as such. */
export async function checkNotFound(run: Run, operation: Operation): Promise<void> {
  const parameters = pathParameters(operation);
  if (parameters.length === 0) return;
  const bound = await run.things.bind(operation);
  if ('missing' in bound) return run.ledger.skipped(operation, 'not-found', 'ids of nothing', bound.missing);
  for (const [i, { name, schema = {} }] of parameters.entries()) {
    const exchange = await ask(run, operation, nobodys(run.validators, operation, bound, run.sampling().label, i));
    if (exchange)
      conclude(
        run,
        operation,
        'not-found',
        `{${name}} of nothing`,
        expecting(run, exchange, isNotFound(exchange), 'what is not there must be answered 404 not-found'),
      );
    const odd = 'contract-no-such-id';
    if (run.validators.accepts(schema, odd)) continue;
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, n: string) =>
      encodeURIComponent(n === name ? odd : (bound.values[n] ?? '')),
    );
    const other = await ask(run, operation, { ...bound, path });
    const holds = other?.status === 400 || (other !== undefined && isNotFound(other));
    if (other)
      conclude(
        run,
        operation,
        'not-found',
        `{${name}} of another form`,
        expecting(run, other, holds, 'an id of another form must be answered 404 not-found or 400'),
      );
  }
}

async function ask(run: Run, operation: Operation, bound: Bound, key?: string): Promise<Exchange | undefined> {
  const prepared = prepare(run.sampling(), operation, bound);
  return 'missing' in prepared ? undefined : run.client.send({ ...prepared.call, ...(key !== undefined && { key }) });
}

/** Another tenant's key finds nothing of ours: neither by its id nor in a list; and nothing tells that it is there. */
export async function checkTenancy(run: Run, operation: Operation): Promise<void> {
  const { stranger_key } = run;
  const isList = pathParameters(operation).length === 0 && itemOf(run.contract.document, operation) !== undefined;
  if (pathParameters(operation).length === 0 && !isList) return;
  const bound = await run.things.bind(operation);
  if ('missing' in bound) return;
  if (stranger_key === undefined)
    return run.ledger.skipped(
      operation,
      'tenancy',
      'another tenant',
      'a second tenant’s key is needed for this (--stranger-key)',
    );
  if (isList) return checkList(run, operation, bound, stranger_key);
  const [theirs, none] = [
    await ask(run, operation, bound, stranger_key),
    await ask(run, operation, nobodys(run.validators, operation, bound, run.sampling().label), stranger_key),
  ];
  if (!theirs || !none) return;
  conclude(
    run,
    operation,
    'tenancy',
    'a stranger asks for what is ours',
    expecting(run, theirs, isNotFound(theirs), 'what belongs to another tenant must be answered 404 not-found'),
  );
  const [told, words] = [theirs, none].map(({ json }) => memberOf(json, 'detail'));
  if (isNotFound(theirs) && isNotFound(none))
    conclude(
      run,
      operation,
      'tenancy',
      'a stranger cannot tell it from nothing',
      expecting(run, theirs, told === words, `it must be told in the words for what is nowhere (${words})`),
    );
}

async function checkList(run: Run, operation: Operation, bound: Bound, key: string): Promise<void> {
  const call = { operation, method: operation.method, path: bound.path };
  const [ours, theirs] = [await run.client.send(call), await run.client.send({ ...call, key })];
  const idsIn = ({ json }: Exchange) => itemsIn(json).map(({ id, address }) => id ?? address);
  const own = new Set(idsIn(ours));
  if (own.size === 0) return run.ledger.skipped(operation, 'tenancy', 'a stranger’s list', 'our own list is empty');
  const shown = idsIn(theirs).find((id) => id !== undefined && own.has(id));
  const message = `another tenant’s key sees our ${shown}`;
  conclude(
    run,
    operation,
    'tenancy',
    'a stranger’s list',
    shown === undefined ? undefined : { message, exchange: theirs },
  );
}
