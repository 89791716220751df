import { BlockList, isIP } from 'node:net';
import type { RelayLimits } from './limits.ts';
import { replies, type SmtpReply } from './reply.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address, as a socket names it (`127.0.0.1`, `::1`, `::ffff:127.0.0.1`), is this machine's own. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  const family = isIP(plain);
  return family !== 0 && loopback.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** Credentials travel in clear only inside the machine; everyone else must issue STARTTLS before AUTH. */
export function mustEncryptFirst(secure: boolean, remote_address: string): boolean {
  return !secure && !isLoopback(remote_address);
}

/** Counts open connections in all and by address. */
interface Admission {
  /** Counts a connection in, or says why not; one that was refused is not counted. */
  enter(remote_address: string): SmtpReply | undefined;
  /** Counts out a connection that was let in. */
  leave(remote_address: string): void;
}

export function createAdmission(
  limits: Pick<RelayLimits, 'max_connections' | 'max_connections_per_address'>,
): Admission {
  const byAddress = new Map<string, number>();
  let open = 0;
  return {
    enter(remote_address) {
      if (open >= limits.max_connections) return replies.tooManyConnections;
      const here = byAddress.get(remote_address) ?? 0;
      if (here >= limits.max_connections_per_address && !isLoopback(remote_address)) return replies.tooManyFromAddress;
      open += 1;
      byAddress.set(remote_address, here + 1);
      return undefined;
    },
    leave(remote_address) {
      open -= 1;
      const rest = (byAddress.get(remote_address) ?? 1) - 1;
      if (rest > 0) byAddress.set(remote_address, rest);
      else byAddress.delete(remote_address);
    },
  };
}
