import { EventEmitter } from 'node:events';

/**
 * Hints say "look now"; whoever misses one finds the work by polling. Topics: `due` (outbound messages), `webhooks`
 * (webhook deliveries), `keys` (an API key was revoked), `domains` (a sending domain or its keys changed), `workers` (one
 * came or went), `events:<tenant id>` and `captured:<tenant id>`.
 */
export interface Hints extends AsyncDisposable {
  give(topic: Topic): void;
  /** Returns the function that ends the subscription. */
  on(topic: Topic, listener: () => void): () => void;
}

export type Topic = 'due' | 'webhooks' | 'keys' | 'domains' | 'workers' | `events:${string}` | `captured:${string}`;

/** For one process. Hints given in one turn of the event loop arrive once. */
export function localHints(): Hints {
  const emitter = new EventEmitter({ captureRejections: false }).setMaxListeners(0);
  const pending = new Set<Topic>();
  const flush = () => {
    const topics = [...pending];
    pending.clear();
    for (const topic of topics) emitter.emit(topic);
  };
  return {
    give(topic) {
      if (!pending.size) setImmediate(flush);
      pending.add(topic);
    },
    on(topic, listener) {
      emitter.on(topic, listener);
      return () => emitter.off(topic, listener);
    },
    async [Symbol.asyncDispose]() {
      emitter.removeAllListeners();
    },
  };
}
