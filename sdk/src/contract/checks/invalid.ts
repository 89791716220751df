import { isStream, type Operation, queryParameters } from '../spec/contract.ts';
import type { Parameter } from '../spec/document.ts';
import { firstForm } from '../spec/flatten.ts';
import { brokenForms } from '../values/invalid.ts';
import type { Call, Exchange } from '../world/client.ts';
import { pointersIn } from '../world/json.ts';
import { type Prepared, prepare, withBody, written } from '../world/requests.ts';
import { codeOf, conclude, expecting, isBroken, type Run } from '../world/run-state.ts';

interface Case {
  name: string;
  call: Call;
  /** Undefined: any place will do. */
  pointer: string | undefined;
}

/** What the schema does not allow is refused with 400, and the answer points at it. */
export async function checkInvalid(run: Run, operation: Operation): Promise<void> {
  const bound = await run.things.bind(
    operation,
    operation.method === 'GET' ? {} : { owner: `${operation.id} invalid` },
  );
  if ('missing' in bound) return run.ledger.skipped(operation, 'invalid', 'requests that are not valid', bound.missing);
  const prepared = prepare(run.sampling(), operation, bound);
  if ('missing' in prepared)
    return run.ledger.skipped(operation, 'invalid', 'requests that are not valid', prepared.missing);
  for (const { name, call, pointer } of [
    ...ofParameters(run, operation, prepared.call),
    ...ofBody(run, operation, prepared),
  ]) {
    const exchange = await run.client.send(call);
    const refused = exchange.status === 400 && codeOf(exchange) === 'invalid-request';
    conclude(
      run,
      operation,
      'invalid',
      name,
      expecting(run, exchange, refused, 'the schema does not allow this, so it must be refused as 400 invalid-request'),
    );
    if (refused && !isBroken(run, exchange)) {
      const message = `the refusal must point at ${JSON.stringify(pointer)}`;
      conclude(run, operation, 'pointer', name, expecting(run, exchange, pointsAt(exchange, pointer), message));
    }
  }
}

function pointsAt({ json }: Exchange, pointer: string | undefined): boolean {
  const places = pointersIn(json);
  if (pointer === undefined) return places.length > 0;
  return places.some((place) => place === pointer || place.startsWith(`${pointer}/`));
}

function* ofParameters(run: Run, operation: Operation, call: Call): Generator<Case> {
  for (const parameter of isStream(operation) ? [] : queryParameters(operation)) {
    const others = (call.query ?? []).filter(([name]) => name !== parameter.name);
    const pointer = `?${parameter.name}`;
    if (parameter.required) yield { name: `${pointer} is missing`, call: { ...call, query: others }, pointer };
    for (const [what, value] of brokenTexts(run, parameter))
      yield {
        name: `${pointer} ${what}`,
        call: { ...call, query: [...others, ...written(parameter.name, value)] },
        pointer,
      };
  }
}

/** In a URL everything is text: only what cannot be read as the schema wants it is wrong. */
function* brokenTexts(run: Run, { schema = {} }: Parameter): Generator<[what: string, value: unknown]> {
  const s = run.sampling();
  const flat = firstForm(run.contract.document, schema);
  const item = flat.types?.includes('array') ? firstForm(run.contract.document, flat.items ?? {}) : flat;
  if (item.types?.some((type) => type === 'integer' || type === 'number' || type === 'boolean'))
    yield ['is no such thing', 'abc'];
  for (const { what, value } of brokenForms(s, item === flat ? schema : (flat.items ?? {}), undefined)) {
    const isText = typeof value === 'string' && item.types?.includes('string');
    const isNumber = typeof value === 'number' && item.types?.includes('integer');
    // A text of the wrong type is a text all the same.
    if ((isText || isNumber) && !run.validators.accepts(item === flat ? schema : (flat.items ?? {}), value))
      yield [what.replace('the body ', ''), value];
  }
}

function* ofBody(run: Run, { body }: Operation, { body: good, call }: Prepared): Generator<Case> {
  if (!body || !/\bjson$/.test(body.media_type)) return;
  const { body: _, media_type: __, ...bare } = call;
  if (body.required)
    yield {
      name: 'the body is missing',
      call: { ...bare, headers: { 'content-type': body.media_type } },
      pointer: undefined,
    };
  yield { name: 'the body is no JSON', call: { ...call, body: '{"contract": ' }, pointer: '' };
  yield { name: 'a list instead of the body', call: { ...call, body: '[]' }, pointer: '' };
  const seen = new Set<string>();
  for (const { what, value, pointer } of brokenForms(run.sampling(), body.schema, good)) {
    if (seen.has(what) || run.validators.accepts(body.schema, value)) continue;
    seen.add(what);
    yield { name: what, call: withBody(call, value), pointer };
  }
}
