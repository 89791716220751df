import type { SmtpServer } from './route.ts';

/** What is remembered of hosts: which could not be reached, and whose TLS is broken. */
export interface HostMemory {
  /** Until when a server is left alone; undefined when it may be tried. */
  awayUntil(server: SmtpServer): Date | undefined;
  setAway(server: SmtpServer): void;
  setThere(server: SmtpServer): void;
  isTlsBroken(server: SmtpServer): boolean;
  setTlsBroken(server: SmtpServer): void;
}

const TLS_BROKEN_MS = 60 * 60_000;
const MOST = 20_000;

export function createHostMemory({ unreachable_s, now }: { unreachable_s: number; now(): Date }): HostMemory {
  const away = new Map<string, number>();
  const tls_broken = new Map<string, number>();
  const note = (map: Map<string, number>, server: SmtpServer, for_ms: number) => {
    const now_ms = now().getTime();
    if (map.size >= MOST) for (const [key, until_ms] of map) if (until_ms <= now_ms) map.delete(key);
    if (map.size >= MOST) map.clear();
    map.set(keyOf(server), now_ms + for_ms);
  };
  return {
    awayUntil(server) {
      const until_ms = away.get(keyOf(server)) ?? 0;
      return until_ms > now().getTime() ? new Date(until_ms) : undefined;
    },
    setAway: (server) => note(away, server, unreachable_s * 1_000),
    setThere: (server) => void away.delete(keyOf(server)),
    isTlsBroken: (server) => (tls_broken.get(keyOf(server)) ?? 0) > now().getTime(),
    setTlsBroken: (server) => note(tls_broken, server, TLS_BROKEN_MS),
  };
}

/** A server that fails where its certificate counts may serve where it does not. */
function keyOf({ host, address, port, secure, auth, tls }: SmtpServer): string {
  const strict = tls === 'fallback' || tls === 'none' ? '' : (tls ?? '');
  return `${address ?? host}:${port}:${secure}:${auth?.user ?? ''}:${strict}`;
}
