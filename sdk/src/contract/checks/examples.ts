import { isStream, type Operation, takesKey } from '../spec/contract.ts';
import { prepare } from '../world/requests.ts';
import { conclude, expecting, isGood, type Run } from '../world/run-state.ts';

/** Every documented request succeeds, with nothing in it that belongs to somebody. */
export async function checkExamples(run: Run, operation: Operation): Promise<void> {
  if (isStream(operation)) return;
  const examples = operation.body?.examples ?? [];
  const names = examples.length ? examples.map(([name]) => name) : ['without a body'];
  for (const [i, name] of names.entries()) await checkExample(run, operation, name, i);
}

async function checkExample(run: Run, operation: Operation, name: string, example: number): Promise<void> {
  let reason = '';
  // A thing can be in a state that the operation has no use for: then one that was made another way serves.
  for (let variant = 0; variant < VARIANTS; variant++) {
    const changes = operation.method !== 'GET';
    const bound = await run.things.bind(operation, changes ? { owner: `${operation.id} ${name}`, variant } : {});
    if ('missing' in bound) return run.ledger.skipped(operation, 'example', name, bound.missing);
    const prepared = prepare(run.sampling(), operation, bound, { example });
    if ('missing' in prepared) return run.ledger.skipped(operation, 'example', name, prepared.missing);
    const exchange = await run.client.send(prepared.call);
    if (exchange.status === 409 && !takesKey(operation) && operation.path.includes('{')) {
      reason = 'no state of the thing was found in which it succeeds';
      continue;
    }
    conclude(
      run,
      operation,
      'example',
      name,
      expecting(run, exchange, isGood(exchange), 'a documented request must succeed'),
    );
    return;
  }
  run.ledger.skipped(operation, 'example', name, reason);
}

const VARIANTS = 4;
