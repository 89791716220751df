import type { TLSSocket } from 'node:tls';
import { QUICK_RETRIES, RETRIES, type Schedule } from './backoff.ts';
import type { Source } from './sources.ts';

/** A server to hand mail to. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte, and the certificate is verified; otherwise STARTTLS when it is offered. */
  secure: boolean;
  auth: { user: string; pass: string } | undefined;
  /** Where to connect to; by the host's name when absent. */
  address?: string;
  /** By which name to call it in TLS (SNI); the host's when absent. */
  servername?: string;
  /** From which of our addresses; the system's choice when absent. */
  source?: Source | undefined;
  /**
   * Of STARTTLS. `fallback`: where it is offered, and in the clear where it is broken. `none`: not at all. `verified`: with
   * a certificate for the host's name, or no mail. `pinned`: with a certificate that DANE names, in which `faultOf` finds no
   * fault, or no mail. `required`: with any certificate, or no mail.
   */
  tls?: 'fallback' | 'none' | 'verified' | 'pinned' | 'required';
  /** Certificate authorities, as PEM; Node's when absent. */
  ca?: readonly string[];
  faultOf?(socket: TLSSocket): string | undefined;
}

/** Servers that take the same mail. */
export interface Destination {
  /** Connections are shared by what has the same name. */
  name: string;
  /** Limits are shared by what has the same group: the same servers, from whichever of our addresses. */
  group: string;
  /** In the order in which they are to be tried now. */
  servers(): SmtpServer[];
  /** Those that may be open now. */
  readonly connections: number;
  messages_per_connection: number;
  /** Slow down when told to; a smarthost's 4.7.x speaks of one message, a receiver's of us. */
  adaptive: boolean;
}

export interface Route {
  destination: Destination;
  /** The server is the recipient's own, so its `250` is a delivery. */
  is_final: boolean;
  schedule: Schedule;
}

/** A destination of one server. */
export function destinationOf(server: SmtpServer, connections: number): Destination {
  const name = `${server.host}:${server.port}:${server.secure}:${server.auth?.user ?? ''}`;
  return { name, group: name, servers: () => [server], connections, messages_per_connection: 100, adaptive: false };
}

/** What stays on this machine: the test inbox of capture mode and, in every mode, the simulator. */
export function localRoute(inbox: Destination): Route {
  return { destination: inbox, is_final: true, schedule: QUICK_RETRIES };
}

export function smarthostRoute(smarthost: Destination): Route {
  return { destination: smarthost, is_final: false, schedule: RETRIES };
}

/** To the recipient's own servers. */
export function directRoute(destination: Destination): Route {
  return { destination, is_final: true, schedule: RETRIES };
}
