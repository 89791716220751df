import { type Operation, successOf, takesKey } from '../spec/contract.ts';
import { brokenForms } from '../values/invalid.ts';
import type { Call, Exchange } from '../world/client.ts';
import { pointersIn } from '../world/json.ts';
import type { Rule } from '../world/ledger.ts';
import { type Missing, type Prepared, prepare, withBody } from '../world/requests.ts';
import { codeOf, conclude, expecting, isBroken, isGood, type Run } from '../world/run-state.ts';
import { countOf } from './effect.ts';

const HEADER = 'idempotency-key';
const newKey = () => `contract-${crypto.randomUUID()}`;
const under = (call: Call, key: string): Call => ({ ...call, headers: { ...call.headers, [HEADER]: key } });
const isReplay = ({ headers }: Exchange) => headers.get('idempotent-replayed') === 'true';

/** The table of the contract: what becomes of a key at its first use, its second, and while the first is running. */
export async function checkIdempotency(run: Run, operation: Operation): Promise<void> {
  if (!takesKey(operation)) return;
  const make = () => fresh(run, operation);
  const first = await make();
  if ('missing' in first) return run.ledger.skipped(operation, 'idempotency', 'the use of a key', first.missing);
  await checkReplay(run, operation, first);
  await checkReuse(run, operation, make);
  await checkMalformed(run, operation, make);
  await checkRefusal(run, operation, make);
  await checkConcurrency(run, operation, make);
}

type Make = () => Promise<Prepared | Missing>;

async function fresh(run: Run, operation: Operation): Promise<Prepared | Missing> {
  const bound = await run.things.bind(operation, { owner: `${operation.id} idempotency` });
  return 'missing' in bound ? bound : prepare(run.sampling(), operation, bound);
}

/** Concludes by one answer: whether it says what it ought to. */
function concluder(run: Run, operation: Operation, rule: Rule = 'idempotency') {
  return (name: string, exchange: Exchange, holds: boolean, ought: string) =>
    conclude(run, operation, rule, name, expecting(run, exchange, holds, ought));
}

async function checkReplay(run: Run, operation: Operation, { call, label }: Prepared): Promise<void> {
  const by = concluder(run, operation);
  const key = newKey();
  const original = await run.client.send(under(call, key));
  const name = 'a repeat is answered with the first answer';
  if (!isGood(original)) return by(name, original, false, 'a request with a new key must be executed');
  run.things.keyUsed(key);
  const ought = 'the first use of a key must not be called a replay';
  by('the first use is no replay', original, !isReplay(original), ought);
  const before = await countOf(run, operation, label);
  for (const form of [key, `"${key}"`]) {
    const repeat = await run.client.send(under(call, form));
    const same = repeat.status === original.status && repeat.text === original.text;
    by(name, repeat, same, `a repeat must have the first answer, ${original.status} ${original.text.slice(0, 200)}`);
    if (!same) continue;
    by('a repeat says that it is one', repeat, isReplay(repeat), 'a repeat must say Idempotent-Replayed: true');
  }
  const after = await countOf(run, operation, label);
  if (before === undefined || after === undefined || before === 0) return;
  const message = `the repeat had an effect: there were ${before} such things before it, and ${after} after it`;
  conclude(
    run,
    operation,
    'idempotency',
    'a repeat has no effect',
    after > before ? { message, exchange: original } : undefined,
  );
}

async function checkReuse(run: Run, operation: Operation, make: Make): Promise<void> {
  const [first, other] = [await make(), await make()];
  if ('missing' in first || 'missing' in other) return;
  const key = newKey();
  if (!isGood(await run.client.send(under(first.call, key)))) return;
  const differs = first.call.body !== other.call.body;
  const reuse = differs ? under(other.call, key) : await elsewhere(run, operation, key);
  const name = 'a key for another request';
  if (!reuse) return run.ledger.skipped(operation, 'idempotency', name, 'there is no other request to be made');
  const exchange = await run.client.send(reuse);
  const refused = exchange.status === 422 && codeOf(exchange) === 'idempotency-key-reused';
  const ought = 'a key that stands for another request must be refused as 422 idempotency-key-reused';
  concluder(run, operation)(name, exchange, refused, ought);
}

/** The same request, but to another thing. */
async function elsewhere(run: Run, operation: Operation, key: string): Promise<Call | undefined> {
  const bound = await run.things.bind(operation, { owner: `${operation.id} elsewhere` });
  const prepared = 'missing' in bound ? bound : prepare(run.sampling(), operation, bound);
  return 'missing' in prepared || !operation.path.includes('{') ? undefined : under(prepared.call, key);
}

async function checkMalformed(run: Run, operation: Operation, make: Make): Promise<void> {
  const forms = [
    ['with a space', 'two words'],
    ['of 256 characters', 'k'.repeat(256)],
    ['of nothing in quotes', '""'],
    ['beyond ASCII', 'k\u00e9y'],
  ];
  const by = concluder(run, operation);
  const byPointer = concluder(run, operation, 'pointer');
  for (const [what, key = ''] of forms) {
    const prepared = await make();
    if ('missing' in prepared) return;
    const exchange = await run.client.send(under(prepared.call, key));
    const refused = exchange.status === 400 && codeOf(exchange) === 'invalid-idempotency-key';
    by(`a key ${what}`, exchange, refused, `a key ${what} must be refused as 400 invalid-idempotency-key`);
    if (!refused) continue;
    const points = pointersIn(exchange.json).some((pointer) => pointer.toLowerCase() === `${HEADER}:`);
    byPointer(`a key ${what}`, exchange, points, 'the refusal must point at "Idempotency-Key:"');
  }
  const [longest, prepared] = ['k'.repeat(255 - 36) + crypto.randomUUID(), await make()];
  if ('missing' in prepared) return;
  const exchange = await run.client.send(under(prepared.call, longest));
  by('a key of 255 characters', exchange, isGood(exchange), 'a key of 255 characters must be taken');
}

async function checkRefusal(run: Run, operation: Operation, make: Make): Promise<void> {
  const prepared = await make();
  if ('missing' in prepared || !operation.body || !/\bjson$/.test(operation.body.media_type)) return;
  const { schema } = operation.body;
  const broken = [...brokenForms(run.sampling(), schema, prepared.body)].find(
    ({ value }) => !run.validators.accepts(schema, value),
  );
  if (!broken) return;
  const key = newKey();
  const refused = await run.client.send(under(withBody(prepared.call, broken.value), key));
  if (isGood(refused) || isBroken(run, refused)) return;
  const exchange = await run.client.send(under(prepared.call, key));
  const executed = isGood(exchange) && !isReplay(exchange);
  const ought = 'nothing is stored for a request that was refused, so the next one under its key must be executed';
  concluder(run, operation)('a refused request leaves its key free', exchange, executed, ought);
}

const AT_ONCE = 6;

async function checkConcurrency(run: Run, operation: Operation, make: Make): Promise<void> {
  const prepared = await make();
  if ('missing' in prepared) return;
  const name = 'requests at the same time under one key';
  const call = under(prepared.call, newKey());
  // All have ended before one that failed is told: what another is just making is taken away only once it is known.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => run.client.send(call)));
  const exchanges = ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  const good = exchanges.filter(isGood);
  const first = good.filter((exchange) => !isReplay(exchange));
  const texts = new Set(good.map(({ text }) => text));
  const odd = exchanges.find((exchange) => !isGood(exchange) && !isInProgress(exchange));
  const success = successOf(operation)?.status;
  conclude(
    run,
    operation,
    'idempotency',
    name,
    odd && expecting(run, odd, false, `each must be answered ${success}, or 409 idempotency-key-in-progress`),
    first.length > 1 || texts.size > 1
      ? {
          message: `of ${AT_ONCE} requests at the same time under one key ${first.length} were executed, with ${texts.size} answers`,
          exchange: first.at(-1),
        }
      : undefined,
  );
}

function isInProgress(exchange: Exchange): boolean {
  return exchange.status === 409 && codeOf(exchange) === 'idempotency-key-in-progress';
}
