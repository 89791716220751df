import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { InboundLimits } from './limits.ts';
import { networkOf } from './network.ts';
import { replies } from './reply.ts';

/** Counts what each address takes up. A limit is each process's own. */
export interface Admission extends Disposable {
  /** Counts a connection in, or says why not; one that was refused is not counted. */
  enter(address: string): SmtpReply | undefined;
  leave(address: string): void;
  /** Counts a message that begins, or says why it may not. */
  message(address: string): SmtpReply | undefined;
  /** Counts a recipient that was refused; answers the reply that ends the connection when it was one too many. */
  refused(address: string): SmtpReply | undefined;
}

type Limits = Pick<
  InboundLimits,
  'max_connections' | 'max_connections_per_address' | 'max_messages_per_minute' | 'max_refusals_per_minute'
>;

const WINDOW_MS = 60_000;

export function createAdmission(limits: Limits): Admission {
  const connections = new Map<string, number>();
  let open = 0;
  let messages = new Map<string, number>();
  let refusals = new Map<string, number>();
  const window = setInterval(() => {
    messages = new Map();
    refusals = new Map();
  }, WINDOW_MS);
  window.unref();

  const count = (counts: Map<string, number>, key: string): number => {
    const now = (counts.get(key) ?? 0) + 1;
    counts.set(key, now);
    return now;
  };
  return {
    enter(address) {
      const key = networkOf(address);
      if (open >= limits.max_connections) return replies.tooManyConnections;
      if ((connections.get(key) ?? 0) >= limits.max_connections_per_address) return replies.tooManyFromAddress;
      if ((refusals.get(key) ?? 0) > limits.max_refusals_per_minute) return replies.tooManyRefusals;
      open++;
      count(connections, key);
      return undefined;
    },
    leave(address) {
      const key = networkOf(address);
      open--;
      const rest = (connections.get(key) ?? 1) - 1;
      if (rest) connections.set(key, rest);
      else connections.delete(key);
    },
    message: (address) =>
      count(messages, networkOf(address)) > limits.max_messages_per_minute ? replies.tooManyMessages : undefined,
    refused: (address) =>
      count(refusals, networkOf(address)) > limits.max_refusals_per_minute ? replies.tooManyRefusals : undefined,
    [Symbol.dispose]: () => clearInterval(window),
  };
}
