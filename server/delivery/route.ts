import { domainOf } from '../mail/address.ts';
import { QUICK_RETRIES, RETRIES, type Schedule } from './backoff.ts';

/** A server to hand mail to. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte, and the certificate is verified; otherwise STARTTLS when it is offered. */
  secure: boolean;
  auth: { user: string; pass: string } | undefined;
}

export interface Route {
  server: SmtpServer;
  /** The server is the recipient's own, so its `250` is a delivery. */
  is_final: boolean;
  schedule: Schedule;
}

export type DeliveryTarget = { mode: 'capture' } | { mode: 'smarthost'; server: SmtpServer };

const SIMULATOR_DOMAIN = 'simulator.test';

/** Where a recipient's mail goes. The simulator's addresses never leave the machine, whatever the mode. */
export function routeOf(recipient: string, target: DeliveryTarget, inbox: SmtpServer): Route {
  if (domainOf(recipient) === SIMULATOR_DOMAIN) return { server: inbox, is_final: true, schedule: QUICK_RETRIES };
  if (target.mode === 'capture') return { server: inbox, is_final: true, schedule: QUICK_RETRIES };
  return { server: target.server, is_final: false, schedule: RETRIES };
}
