import type { Operation } from '../spec/contract.ts';
import type { Call } from '../world/client.ts';
import { nobodys } from '../world/nobodys.ts';
import { codeOf, conclude, expecting, ofPath, type Run } from '../world/run-state.ts';

/** Methods that a path does not document are refused, with those that it does; a path that nobody documents is not there. */
export async function checkMethods(run: Run, operations: Operation[]): Promise<void> {
  const [first] = operations;
  if (!first) return;
  const documented = operations.map(({ method }) => method);
  const bound = await run.things.bind(first);
  const known = 'missing' in bound ? { path: first.path, values: {} } : bound;
  const { path } = nobodys(run.validators, first, known, run.sampling().label);
  // Should the server do after all what it ought to refuse, a key that may only read keeps it from doing harm.
  const reader = 'missing' in run.keys ? undefined : run.keys.get('read');
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => !documented.includes(name))) {
    const name = `${method} is not documented`;
    if (reader === undefined && method === 'DELETE' && !path.includes('{')) {
      run.ledger.skipped(ofPath(first), 'method', name, 'without a key that may only read this could do harm');
      continue;
    }
    const call: Call = { operation: undefined, method, path, ...(reader !== undefined && { key: reader }) };
    const exchange = await run.client.send(call);
    const refused = exchange.status === 405 && codeOf(exchange) === 'method-not-allowed';
    const allow = (exchange.headers.get('allow') ?? '').split(/\s*,\s*/).sort();
    const lists = documented.every((other) => allow.includes(other)) && !allow.includes(method);
    conclude(
      run,
      { ...ofPath(first), place: first.place.replace(/\/\w+$/, '') },
      'method',
      name,
      expecting(run, exchange, refused, 'it must be refused as 405 method-not-allowed') ??
        (refused && !lists
          ? { message: `Allow must list ${documented.join(', ')}; it is ${allow.join(', ') || 'missing'}`, exchange }
          : undefined),
    );
  }
}

export async function checkNoPath(run: Run): Promise<void> {
  const path = '/contract-no-such-path';
  const exchange = await run.client.send({ operation: undefined, method: 'GET', path });
  const holds = exchange.status === 404 && codeOf(exchange) === 'not-found';
  const subject = { id: path, method: 'GET', path, place: '#/paths' };
  conclude(
    run,
    subject,
    'not-found',
    'a path that nobody documents',
    expecting(run, exchange, holds, 'it must be answered 404 not-found'),
  );
}
