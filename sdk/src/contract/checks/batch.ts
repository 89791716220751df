import type { Operation } from '../spec/contract.ts';
import { firstForm } from '../spec/flatten.ts';
import { pointersIn } from '../world/json.ts';
import { prepare, withBody } from '../world/requests.ts';
import { conclude, expecting, type Run } from '../world/run-state.ts';
import { countOf } from './effect.ts';

/** A body that is a list of things to make is taken as a whole or not at all, and the fault is pointed at in its item. */
export async function checkBatch(run: Run, operation: Operation): Promise<void> {
  const { body } = operation;
  if (!body || operation.method !== 'POST' || !/\bjson$/.test(body.media_type)) return;
  const list = listIn(run, body.schema);
  const bound = await run.things.bind(operation, { owner: `${operation.id} batch` });
  if (!list || 'missing' in bound) return;
  const prepared = prepare(run.sampling(), operation, bound);
  if ('missing' in prepared) return;
  const [item] = (prepared.body as Record<string, object[]>)[list] ?? [];
  if (!item) return;
  const broken = { ...item, contract_unknown: 1 };
  const exchange = await run.client.send(withBody(prepared.call, { [list]: [item, broken] }));
  const place = `/${list}/1`;
  const points =
    exchange.status === 400 && pointersIn(exchange.json).some((pointer) => pointer.startsWith(`${place}/`));
  conclude(
    run,
    operation,
    'invalid',
    `one item of ${list} is not valid`,
    expecting(run, exchange, points, `it must be refused as 400, pointing into ${place}`),
  );
  const count = await countOf(run, operation, prepared.label);
  if (count === undefined) return;
  const message = `the batch was refused, but ${count} of its items are there: it must be taken as a whole or not at all`;
  conclude(run, operation, 'invalid', `all of ${list} or none`, count > 0 ? { message, exchange } : undefined);
}

/** The one property of the body, when it is a list of objects. */
function listIn({ contract: { document } }: Run, schema: object): string | undefined {
  const { properties = {}, required = [] } = firstForm(document, schema);
  const [name, ...others] = Object.keys(properties);
  if (name === undefined || others.length || !required.includes(name)) return undefined;
  const { items } = firstForm(document, properties[name] ?? {});
  const item = items && firstForm(document, items);
  return item?.properties && item.additionalProperties === false ? name : undefined;
}
