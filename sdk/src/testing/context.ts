import type { Caller } from './gate.ts';
import type { OperationId, OperationTypes } from './generated/operations.gen.ts';
import { type Claim, once } from './idempotency.ts';
import type { World } from './world.ts';

/** What a behaviour may use beside the request itself. */
export interface Context {
  world: World;
  caller: Caller;
  claim: Claim | undefined;
  latency: () => Promise<void>;
  /** Becomes `Idempotent-Replayed: true`. */
  replayed: boolean;
  headers: Headers;
  /** Aborted when the client goes away or the mock is reset. */
  signal: AbortSignal;
}

/** The parts of a request, held against the contract. */
export type RequestOf<Data> = {
  body: 'body' extends keyof Data ? Data['body'] : undefined;
  path: 'path' extends keyof Data ? Data['path'] : undefined;
  query: 'query' extends keyof Data ? NonNullable<Data['query']> : undefined;
};

/** One of the documented successes with its own body; a stream or bytes where the contract has no JSON. */
export type ReplyOf<Responses> = {
  [Status in keyof Responses]: undefined extends Responses[Status]
    ? { status: Status }
    : { status: Status; body: Responses[Status] | ReadableStream<Uint8Array> | Uint8Array };
}[keyof Responses];

export type Behaviour<Id extends OperationId> = (
  context: Context,
  request: RequestOf<OperationTypes[Id]['data']>,
) => ReplyOf<OperationTypes[Id]['responses']> | Promise<ReplyOf<OperationTypes[Id]['responses']>>;

/** What the mock does; an operation without a behaviour answers with the contract's example. */
export type Behaviours = { [Id in OperationId]?: Behaviour<Id> };

/** Does the work of a creating operation once for each idempotency key. */
export async function createOnce<R extends { status: number; body?: unknown }>(
  context: Context,
  work: () => R | Promise<R>,
): Promise<R> {
  const { reply, replayed } = await once(context.world, context.claim, { latency: context.latency, work });
  context.replayed = replayed;
  return reply;
}
