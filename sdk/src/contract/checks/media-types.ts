import type { Operation } from '../spec/contract.ts';
import { memberOf } from '../world/json.ts';
import { prepare } from '../world/requests.ts';
import { codeOf, conclude, expecting, type Run } from '../world/run-state.ts';

/** A body of another type is refused, and so is one in another character set. */
export async function checkMediaTypes(run: Run, operation: Operation): Promise<void> {
  const { body } = operation;
  if (!body) return;
  const bound = await run.things.bind(operation, { owner: `${operation.id} media-type` });
  const prepared = 'missing' in bound ? bound : prepare(run.sampling(), operation, bound);
  if ('missing' in prepared)
    return run.ledger.skipped(operation, 'media-type', 'bodies of another type', prepared.missing);
  const types = [
    'text/plain',
    'application/xml',
    ...(body.media_type === 'application/json' ? ['application/json; charset=latin1'] : ['application/json']),
  ];
  for (const media_type of types) {
    const exchange = await run.client.send({ ...prepared.call, media_type });
    const refused = exchange.status === 415 && codeOf(exchange) === 'unsupported-media-type';
    conclude(
      run,
      operation,
      'media-type',
      `a body of ${media_type}`,
      expecting(run, exchange, refused, 'it must be refused as 415 unsupported-media-type'),
    );
  }
}

/** One body for each media type: the limit is the server's, and large bodies cost. */
export async function checkSize(run: Run, operations: Operation[]): Promise<void> {
  const tried = new Set<string>();
  for (const operation of operations) {
    const { body } = operation;
    if (!body?.required || tried.has(body.media_type) || operation.path.includes('{') || !operation.answers['413'])
      continue;
    tried.add(body.media_type);
    const limit = await limitOf(run);
    if (limit === undefined || limit > 100_000_000) {
      run.ledger.skipped(
        operation,
        'size',
        'a body beyond the limit',
        'no answer tells the limit (request_bytes), or it is very high',
      );
      continue;
    }
    const call = {
      operation,
      method: operation.method,
      path: operation.path,
      query: [],
      body: ' '.repeat(limit + 1),
      media_type: body.media_type,
    };
    const exchange = await run.client.send(call);
    const refused = exchange.status === 413 && codeOf(exchange) === 'payload-too-large';
    conclude(
      run,
      operation,
      'size',
      'a body beyond the limit',
      expecting(run, exchange, refused, `${limit + 1} bytes must be refused as 413 payload-too-large`),
    );
  }
}

/** Whoever tells limits tells this one as `limits.request_bytes`. */
async function limitOf(run: Run): Promise<number | undefined> {
  const operation = run.contract.operations.find(({ id }) => id === 'getAccount');
  if (!operation) return undefined;
  const { json } = await run.client.send({ operation, method: operation.method, path: operation.path });
  const limit = memberOf(memberOf(json, 'limits'), 'request_bytes');
  return typeof limit === 'number' ? limit : undefined;
}
