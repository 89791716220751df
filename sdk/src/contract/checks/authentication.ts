import type { Operation } from '../spec/contract.ts';
import { pathParameters } from '../spec/contract.ts';
import type { Bound } from '../world/bound.ts';
import { nobodys } from '../world/nobodys.ts';
import { codeOf, conclude, expecting, type Run } from '../world/run-state.ts';

/** Who calls without a key, or with a bad one, is asked for one; a key does what its scope says and nothing else. */
export async function checkAuthentication(run: Run, operation: Operation): Promise<void> {
  if (operation.open) return;
  const call = { operation, method: operation.method, path: (await harmless(run, operation)).path };
  for (const [name, key] of [
    ['without a key', null],
    ['with a key of nobody', `kx_${'0'.repeat(43)}`],
  ] as const) {
    const exchange = await run.client.send({ ...call, key });
    const holds = exchange.status === 401 && codeOf(exchange) === 'unauthenticated';
    conclude(
      run,
      operation,
      'authentication',
      name,
      expecting(run, exchange, holds, `a request ${name} must be answered 401 unauthenticated`),
    );
  }
}

export async function checkScopes(run: Run, operation: Operation): Promise<void> {
  const { scope } = operation;
  if (operation.open || scope === undefined) return;
  if ('missing' in run.keys) return run.ledger.skipped(operation, 'scope', 'keys of each scope', run.keys.missing);
  const call = { operation, method: operation.method, path: (await harmless(run, operation)).path };
  for (const [own, key] of run.keys) {
    const allowed = scope === 'any' || own === 'full' || own === scope;
    const exchange = await run.client.send({ ...call, key });
    const refused = exchange.status === 403 && codeOf(exchange) === 'forbidden';
    const holds = allowed ? exchange.status !== 401 && exchange.status !== 403 : refused;
    const message = allowed
      ? `a key of scope ${own} must be able to use an operation of scope ${scope}`
      : `a key of scope ${own} must be refused as 403 forbidden by an operation of scope ${scope}`;
    conclude(run, operation, 'scope', `a key of scope ${own}`, expecting(run, exchange, holds, message));
  }
}

/** An id of nobody's and no body: nothing happens where the key is good, or where nobody looks at it. */
async function harmless(run: Run, operation: Operation): Promise<Bound> {
  if (pathParameters(operation).length === 0) return { path: operation.path, values: {} };
  const bound = await run.things.bind(operation);
  const known = 'missing' in bound ? { path: operation.path, values: {} } : bound;
  return nobodys(run.validators, operation, known, run.sampling().label);
}
