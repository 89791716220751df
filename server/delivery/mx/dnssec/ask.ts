import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { connect, isIP, isIPv6, SocketAddress } from 'node:net';
import { decodeAnswer, encodeQuestion, type ResolverAnswer, type TYPES } from './message.ts';

/**
 * Asks a resolver that validates DNSSEC, and is trusted to: its AD flag is believed. NXDOMAIN is an answer; rejects with
 * the code of Node's resolver (ESERVFAIL, ETIMEOUT, …) when there is none.
 */
export type AskSecure = (name: string, type: keyof typeof TYPES) => Promise<ResolverAnswer>;

const TIMEOUT_MS = 3_000;
const TRIES = 2;
const CODES: Record<number, string> = { 1: 'EFORMERR', 2: 'ESERVFAIL', 4: 'ENOTIMP', 5: 'EREFUSED' };

/** Asks the given resolvers, as `127.0.0.1:5353`; without any, the system's. */
export function askSecureAt(servers: readonly string[]): AskSecure {
  return async (name, type) => {
    let fault: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      for (const server of (servers.length ? servers : getServers()).map(placeOf)) {
        try {
          return await askOne(server, name, type);
        } catch (error) {
          fault = error;
        }
      }
    }
    throw fault ?? failure('ECONNREFUSED', 'there is no resolver');
  };
}

interface Place {
  address: string;
  port: number;
}

function placeOf(server: string): Place {
  if (isIP(server)) return { address: server, port: 53 };
  const place = SocketAddress.parse(server);
  if (!place) throw failure('EBADNAME', `${server} is no address of a resolver`);
  return { address: place.address, port: place.port || 53 };
}

async function askOne(server: Place, name: string, type: keyof typeof TYPES): Promise<ResolverAnswer> {
  const question = encodeQuestion(randomInt(65_536), name, type);
  const short = await byUdp(server, question);
  const answer = short.is_truncated ? await byTcp(server, question) : short;
  if (answer.rcode === 0 || answer.rcode === 3) return answer;
  throw failure(CODES[answer.rcode] ?? 'EBADRESP', `the resolver answered with code ${answer.rcode}`);
}

/** A socket that is connected takes packets of this server alone. */
function byUdp({ address, port }: Place, question: Buffer): Promise<ResolverAnswer> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return new Promise<ResolverAnswer>((resolve, reject) => {
    const timer = setTimeout(() => reject(failure('ETIMEOUT', 'no answer in time')), TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.on('error', reject);
    socket.on('message', (bytes) => {
      try {
        resolve(decodeAnswer(bytes, question));
      } catch {
        // Of somebody who guesses; the true answer may yet come.
      }
    });
    socket.connect(port, address, () => socket.send(question));
  }).finally(() => socket.close());
}

function byTcp({ address, port }: Place, question: Buffer): Promise<ResolverAnswer> {
  const socket = connect({ host: address, port });
  return new Promise<ResolverAnswer>((resolve, reject) => {
    const timer = setTimeout(() => reject(failure('ETIMEOUT', 'no answer in time')), TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.on('error', reject);
    socket.on('end', () => reject(failure('EBADRESP', 'the answer broke off')));
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
      try {
        resolve(decodeAnswer(bytes.subarray(2), question));
      } catch (error) {
        reject(failure('EBADRESP', String(error)));
      }
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(question.length);
    socket.write(Buffer.concat([length, question]));
  }).finally(() => socket.destroy());
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
