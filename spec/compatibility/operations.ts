import type { Breaking, Kind } from './change.ts';
import { type Answer, type Contract, type Parameter, type RawOperation, resolve } from './document.ts';
import { compareSchemas, type Direction } from './schemas.ts';

interface Pair {
  before: Contract;
  after: Contract;
  seen: Set<string>;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;
const KEY = 'idempotency-key';

/** Every change of the contract that breaks those who wrote for the one before. */
export function* breakingChanges(before: Contract, after: Contract): Generator<Breaking> {
  const pair: Pair = { before, after, seen: new Set() };
  const [was, is] = [before.servers?.[0]?.url, after.servers?.[0]?.url];
  if (was !== is) yield { kind: 'base-path-changed', place: String(was), detail: `it is ${is} now` };
  for (const [path, item] of Object.entries(before.paths)) {
    for (const method of METHODS) {
      const old = item[method];
      if (!old) continue;
      const place = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (now) yield* compareOperation(pair, old, now, place);
      else yield { kind: 'operation-removed', place, detail: `${old.operationId} is gone` };
    }
  }
  yield* compareWebhooks(pair);
}

function* compareOperation(pair: Pair, old: RawOperation, now: RawOperation, place: string): Generator<Breaking> {
  const tell = (kind: Kind, detail: string): Breaking => ({ kind, place, detail });
  if (old.operationId !== now.operationId || old.tags?.[0] !== now.tags?.[0])
    yield tell('operation-renamed', `${old.tags}.${old.operationId} is ${now.tags}.${now.operationId} now`);
  const lost = scopes(old['x-scope']).filter((scope) => !scopes(now['x-scope']).includes(scope));
  if (lost.length) yield tell('scope-narrowed', `keys of scope ${lost.join(', ')} may no longer use it`);
  const isOpen = (contract: Contract, { security }: RawOperation) => (security ?? contract.security ?? []).length === 0;
  if (isOpen(pair.before, old) && !isOpen(pair.after, now)) yield tell('key-required', 'it was open to everybody');
  yield* compareParameters(pair, old, now, place);
  yield* compareBody(pair, old, now, place, 'request');
  yield* compareAnswers(pair, old, now, place);
}

/** The scopes whose keys may use an operation; `full` may use all. */
function scopes(wanted: string | undefined): string[] {
  return wanted === 'any' ? ['full', 'send', 'read'] : ['full', ...(wanted && wanted !== 'full' ? [wanted] : [])];
}

function* compareParameters(pair: Pair, old: RawOperation, now: RawOperation, place: string): Generator<Breaking> {
  const [before, after] = [parametersOf(pair.before, old), parametersOf(pair.after, now)];
  for (const [id, parameter] of before) {
    const at = `${place} · ${parameter.name}`;
    const same = after.get(id);
    if (!same) {
      const kind = parameter.name.toLowerCase() === KEY ? 'idempotency-removed' : 'parameter-removed';
      yield { kind, place: at, detail: 'it is no longer taken' };
      continue;
    }
    if (same.style !== parameter.style || same.explode !== parameter.explode)
      yield { kind: 'parameter-changed', place: at, detail: 'it is written another way' };
    const comparison = { ...pair, direction: 'request' as const };
    yield* compareSchemas(comparison, parameter.schema, same.schema, at);
  }
  for (const [id, parameter] of after) {
    // A parameter of the path is part of the path, whatever its name.
    if (!parameter.required || before.get(id)?.required || parameter.in === 'path') continue;
    const detail = 'callers who leave it out are refused now';
    yield { kind: 'parameter-required', place: `${place} · ${parameter.name}`, detail };
  }
}

function parametersOf(contract: Contract, { parameters = [] }: RawOperation): Map<string, Parameter> {
  const resolved = parameters.map((parameter) => resolve(contract, parameter));
  return new Map(resolved.map((parameter) => [`${parameter.in} ${parameter.name.toLowerCase()}`, parameter]));
}

function* compareBody(
  pair: Pair,
  old: RawOperation,
  now: RawOperation,
  place: string,
  direction: Direction,
): Generator<Breaking> {
  const before = old.requestBody && resolve(pair.before, old.requestBody);
  const after = now.requestBody && resolve(pair.after, now.requestBody);
  if (before && !after) yield { kind: 'body-removed', place, detail: 'it no longer takes a body' };
  if (after?.required && !before?.required && direction === 'request')
    yield { kind: 'body-required', place, detail: 'callers who send none are refused now' };
  if (before && after) yield* compareContent(pair, before, after, `${place} · body`, direction);
}

function* compareContent(pair: Pair, old: Answer, now: Answer, place: string, direction: Direction) {
  for (const [type, media] of Object.entries(old.content ?? {})) {
    const same = now.content?.[type];
    if (same) yield* compareSchemas({ ...pair, direction }, media.schema, same.schema, place);
    else yield { kind: 'media-type-removed', place, detail: `${type} is gone` } satisfies Breaking;
  }
}

function* compareAnswers(pair: Pair, old: RawOperation, now: RawOperation, place: string): Generator<Breaking> {
  for (const [status, answer] of Object.entries(old.responses ?? {})) {
    const at = `${place} · ${status}`;
    const same = now.responses?.[status];
    if (!same) {
      yield { kind: 'answer-removed', place: at, detail: 'it is no longer documented' };
      continue;
    }
    const [before, after] = [resolve(pair.before, answer), resolve(pair.after, same)];
    const kept = new Set(Object.keys(after.headers ?? {}).map((name) => name.toLowerCase()));
    for (const name of Object.keys(before.headers ?? {}))
      if (!kept.has(name.toLowerCase())) yield { kind: 'header-removed', place: at, detail: `${name} is gone` };
    yield* compareContent(pair, before, after, at, 'answer');
  }
}

/** What is pushed to callers is read by them like an answer. */
function* compareWebhooks(pair: Pair): Generator<Breaking> {
  for (const [name, { post: old }] of Object.entries(pair.before.webhooks ?? {})) {
    const now = pair.after.webhooks?.[name]?.post;
    if (!old) continue;
    if (!now) {
      yield { kind: 'webhook-removed', place: name, detail: 'it is no longer sent' };
      continue;
    }
    const kept = parametersOf(pair.after, now);
    for (const [id, parameter] of parametersOf(pair.before, old))
      if (!kept.has(id)) yield { kind: 'header-removed', place: name, detail: `${parameter.name} is gone` };
    yield* compareBody(pair, old, now, name, 'answer');
  }
}
