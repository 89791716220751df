import type { Event, EventType } from '../generated/types.gen.ts';
import { eventExamples } from './generated/events.gen.ts';
import { idMaker } from './ids.ts';

/** The event of one type. */
export type EventOf<Type extends EventType> = Extract<Event, { type: Type }>;

/** Any part of it, at any depth. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

export interface FakeEventOptions {
  id?: string | undefined;
  created_at?: Date | string | undefined;
}

const newId = idMaker(() => new Date());

/**
 * An event of a type, complete and valid, with ids of its own.
 *
 * @param data - what it should say: `{ recipient: 'ada@example.com', bounce: { class: 'soft' } }`; the rest is made up
 */
export function fakeEvent<Type extends EventType>(
  type: Type,
  data: DeepPartial<EventOf<Type>['data']> = {} as DeepPartial<EventOf<Type>['data']>,
  { id = newId('evt'), created_at = new Date() }: FakeEventOptions = {},
): EventOf<Type> {
  const fresh = { email_id: newId('em'), message_id: newId('msg') };
  return {
    id,
    type,
    created_at: typeof created_at === 'string' ? created_at : created_at.toISOString(),
    data: merged({ ...eventExamples[type].data, ...fresh }, data),
  } as unknown as EventOf<Type>;
}

/** What is yours to fill, such as tags, is taken whole. */
const WHOLE = new Set(['tags', 'metadata']);

export function merged(base: object, changes: object): object {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const known = result[name];
    const isInner = isObject(known) && isObject(value) && !WHOLE.has(name);
    result[name] = isInner ? merged(known, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
