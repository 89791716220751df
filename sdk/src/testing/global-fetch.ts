import { KoltrixError } from '../errors/koltrix-error.ts';

export interface Listening {
  close: () => void;
}

/** Answers what this process sends to an address by the global `fetch`, as every client does that was given no other. */
export function listenByFetch(
  baseUrl: string,
  answer: typeof fetch,
  onUnhandledRequest: 'bypass' | 'warn' | 'error',
): Listening {
  const original = globalThis.fetch;
  const catching: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.startsWith(`${baseUrl}/`)) return answer(input, init);
    const words = `A request that is not for Koltrix: ${url}`;
    if (onUnhandledRequest === 'error') throw new KoltrixError(words);
    if (onUnhandledRequest === 'warn') console.warn(words);
    return original(input, init);
  };
  globalThis.fetch = catching;
  return {
    close: () => {
      // Whoever replaced it after us would lose what is theirs.
      if (globalThis.fetch === catching) globalThis.fetch = original;
    },
  };
}
