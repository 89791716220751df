import type DNS from 'dns2';
import { createServer, Packet } from 'dns2';
import { freePort } from './free-port.ts';

export interface DnsRecords {
  /** Each a record; a list is one record in several strings. */
  TXT?: (string | string[])[];
  CNAME?: string;
  MX?: { priority: number; exchange: string }[];
  A?: string[];
  AAAA?: string[];
}

/** What goes wrong at a name. */
export type DnsTrouble = 'SERVFAIL' | 'REFUSED' | 'silence';

/** A resolver on loopback, over UDP and TCP, that knows what it is told. Aliases are followed as resolvers do. */
export interface FakeDns extends AsyncDisposable {
  /** For `KOLTRIX_DNS_SERVERS`. */
  server: string;
  /** Replaces all records of the name. */
  publish(name: string, records: DnsRecords): void;
  /** The name is gone: NXDOMAIN. */
  withdraw(name: string): void;
  /** For the name and all below it; undefined ends it. */
  fail(name: string, trouble: DnsTrouble | undefined): void;
  /** Every question so far, as `TXT _dmarc.acme.example`. */
  asked: string[];
}

const TTL_S = 300;
const MAX_ALIASES = 10;
const TYPES = ['TXT', 'CNAME', 'MX', 'A', 'AAAA'] as const;
type Type = (typeof TYPES)[number];

export async function givenDns(): Promise<FakeDns> {
  const zone = new Map<string, DnsRecords>();
  const troubles = new Map<string, DnsTrouble>();
  const asked: string[] = [];
  const server = createServer({
    udp: true,
    tcp: true,
    handle(request, send) {
      const [question] = request.questions as { name: string; type: number }[];
      const name = question?.name.toLowerCase() ?? '';
      const type = TYPES.find((known) => Packet.TYPE[known] === question?.type);
      asked.push(`${type ?? question?.type} ${name}`);
      const trouble = troubleAt(troubles, name);
      if (trouble !== 'silence') void send(answer(request, zone, name, type, trouble));
    },
  });
  server.on('requestError', () => {});
  const port = await freePort();
  const place = { port, address: '127.0.0.1' };
  await server.listen({ udp: place, tcp: place });
  return {
    server: `127.0.0.1:${port}`,
    publish: (name, records) => void zone.set(name.toLowerCase(), records),
    withdraw: (name) => void zone.delete(name.toLowerCase()),
    fail(name, trouble) {
      if (trouble) troubles.set(name, trouble);
      else troubles.delete(name);
    },
    asked,
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}

function troubleAt(troubles: Map<string, DnsTrouble>, name: string): DnsTrouble | undefined {
  return [...troubles].find(([place]) => name === place || name.endsWith(`.${place}`))?.[1];
}

function answer(
  request: Packet,
  zone: Map<string, DnsRecords>,
  asked: string,
  type: Type | undefined,
  trouble: Exclude<DnsTrouble, 'silence'> | undefined,
): Packet {
  const response = Packet.createResponseFromRequest(request);
  response.header.ra = 1;
  if (trouble) response.header.rcode = Packet.RCODE[trouble];
  if (trouble || !type) return response;
  let name = asked;
  for (let aliases = 0; aliases < MAX_ALIASES; aliases++) {
    const records = zone.get(name);
    if (!records) {
      // A name that others are below of is there, though it is empty (RFC 8020).
      const is_empty = [...zone.keys()].some((other) => other.endsWith(`.${name}`));
      response.header.rcode = is_empty ? Packet.RCODE.NOERROR : Packet.RCODE.NXDOMAIN;
      return response;
    }
    if (records.CNAME === undefined || type === 'CNAME') {
      response.answers.push(...resources(name, type, records));
      return response;
    }
    response.answers.push(...resources(name, 'CNAME', records));
    name = records.CNAME.toLowerCase();
  }
  return response;
}

function resources(name: string, type: Type, records: DnsRecords): DNS.Packet.Resource[] {
  const base = { name, type: Packet.TYPE[type], class: Packet.CLASS.IN, ttl: TTL_S };
  const details: object[] = {
    TXT: () => (records.TXT ?? []).map((data) => ({ data })),
    CNAME: () => (records.CNAME === undefined ? [] : [{ domain: records.CNAME }]),
    MX: () => records.MX ?? [],
    A: () => (records.A ?? []).map((address) => ({ address })),
    AAAA: () => (records.AAAA ?? []).map((address) => ({ address })),
  }[type]();
  return details.map((detail) => Object.assign(new Packet.Resource(), base, detail));
}
