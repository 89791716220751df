import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { connect, isIP, isIPv6, SocketAddress } from 'node:net';
import { decodeAnswer, encodeQuestion, type Question, type ResolverAnswer } from './message.ts';

/**
 * Asks a resolver that validates DNSSEC, and is trusted to: its AD flag is believed. NXDOMAIN is an answer; rejects with
 * the code of Node's resolver (ESERVFAIL, ETIMEOUT, …) when there is none.
 */
export type AskSecure = (name: string, type: Question['type']) => Promise<ResolverAnswer>;

const TIMEOUT_MS = 3_000;
const TRIES = 2;

/** Asks the given resolvers, as `127.0.0.1:5353`; without any, the system's. */
export function askSecureAt(servers: readonly string[]): AskSecure {
  return async (name, type) => {
    let fault: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      for (const server of (servers.length ? servers : getServers()).map(placeOf)) {
        try {
          return await askOne(server, { name, type });
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

async function askOne(server: Place, question: Question): Promise<ResolverAnswer> {
  const id = randomInt(65_536);
  const exchange: Exchange = {
    bytes: encodeQuestion(id, question),
    read: (bytes) => decodeAnswer(bytes, id, question),
  };
  const short = await byUdp(server, exchange);
  const answer = short.is_truncated ? await byTcp(server, exchange) : short;
  if (answer.rcode === 'NOERROR' || answer.rcode === 'NXDOMAIN') return answer;
  throw failure(`E${answer.rcode}`, `the resolver answered with ${answer.rcode}`);
}

/** A question on the wire, and how to read what comes for it: it throws when that is no answer to it. */
interface Exchange {
  bytes: Buffer;
  read(bytes: Buffer): ResolverAnswer;
}

/** A socket that is connected takes packets of this server alone. */
function byUdp({ address, port }: Place, question: Exchange): Promise<ResolverAnswer> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return new Promise<ResolverAnswer>((resolve, reject) => {
    const timer = setTimeout(() => reject(failure('ETIMEOUT', 'no answer in time')), TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.on('error', reject);
    socket.on('message', (bytes) => {
      try {
        resolve(question.read(bytes));
      } catch {
        // Of somebody who guesses; the true answer may yet come.
      }
    });
    socket.connect(port, address, () => socket.send(question.bytes));
  }).finally(() => socket.close());
}

function byTcp({ address, port }: Place, question: Exchange): Promise<ResolverAnswer> {
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
        resolve(question.read(bytes.subarray(2)));
      } catch (error) {
        reject(failure('EBADRESP', String(error)));
      }
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(question.bytes.length);
    socket.write(Buffer.concat([length, question.bytes]));
  }).finally(() => socket.destroy());
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
