import { isStream, type Operation, queryParameters } from '../spec/contract.ts';
import { firstForm } from '../spec/flatten.ts';
import { sample } from '../values/sample.ts';
import type { Sampling } from '../values/sampling.ts';
import { variations } from '../values/valid.ts';
import type { Call, Exchange } from '../world/client.ts';
import { prepare, withBody, written } from '../world/requests.ts';
import { conclude, expecting, isGood, type Run } from '../world/run-state.ts';

/** What the schema allows is taken: each property and each parameter, at its limits and in every form. */
export async function checkValid(run: Run, operation: Operation): Promise<void> {
  const bound = await run.things.bind(operation, operation.method === 'GET' ? {} : { owner: `${operation.id} valid` });
  if ('missing' in bound || operation.method === 'DELETE' || isStream(operation)) return;
  const prepared = prepare(run.sampling(), operation, bound);
  if ('missing' in prepared) return;
  for (const [name, call] of [
    ...ofParameters(run, operation, prepared.call),
    ...ofBody(run, operation, prepared.body, prepared.call),
  ]) {
    const exchange = await run.client.send(call);
    conclude(
      run,
      operation,
      'valid',
      name,
      expecting(run, exchange, isTaken(exchange, name), 'the schema allows this'),
    );
  }
}

/**
 * Limits on the whole of a request are told in words: who meets one has been understood. A thing that a query describes
 * more closely may not be there.
 */
function isTaken(exchange: Exchange, name: string): boolean {
  const describes = name.startsWith('?') && exchange.call.operation?.path.includes('{');
  return (
    isGood(exchange) ||
    exchange.status === 413 ||
    exchange.status === 422 ||
    (describes === true && exchange.status === 404)
  );
}

function* ofParameters(run: Run, operation: Operation, call: Call): Generator<[string, Call]> {
  for (const parameter of queryParameters(operation)) {
    // Only the server can write a cursor.
    if (parameter.name === 'cursor') continue;
    for (const { what, value } of variations(run.sampling(), parameter.schema ?? {}, parameter.name)) {
      const others = (call.query ?? []).filter(([name]) => name !== parameter.name);
      yield [`?${parameter.name} ${what}`, { ...call, query: [...others, ...written(parameter.name, value)] }];
    }
  }
}

function* ofBody(run: Run, { body }: Operation, shown: unknown, call: Call): Generator<[string, Call]> {
  if (!body || !/\bjson$/.test(body.media_type) || typeof shown !== 'object' || shown === null) return;
  const minimal = sample(run.sampling(), body.schema);
  if (minimal !== undefined) yield ['only what is required', withBody(call, minimal)];
  const full = sample(run.sampling(), body.schema, { optional: true });
  if (full !== undefined) yield ['all that is possible', withBody(call, full)];
  if (!body.required) {
    const { body: _, media_type: __, ...bare } = call;
    yield ['no body', bare];
  }
  const { properties = {} } = firstForm(run.contract.document, body.schema);
  for (const [name, schema] of Object.entries(properties)) {
    const s: Sampling = run.sampling();
    for (const { what, value } of variations(s, schema, name)) {
      const changed = { ...shown, [name]: value };
      if (run.validators.accepts(body.schema, changed)) yield [`/${name} ${what}`, withBody(call, changed)];
    }
  }
}
