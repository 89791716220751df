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
  TLSA?: TlsaData[];
}

/** RFC 6698, 2.1. */
export interface TlsaData {
  usage: number;
  selector: number;
  matching: number;
  data: Buffer;
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
  /** DNSSEC proves the name and all below it: whoever asks for that is told (AD), when it holds for all aliases too. */
  sign(name: string): void;
  /** Every question so far, as `TXT _dmarc.acme.example`. */
  asked: string[];
}

const TTL_S = 300;
const MAX_ALIASES = 10;
const TYPES = ['TXT', 'CNAME', 'MX', 'A', 'AAAA', 'TLSA'] as const;
type Type = (typeof TYPES)[number];

export async function givenDns(): Promise<FakeDns> {
  const zone = new Map<string, DnsRecords>();
  const troubles = new Map<string, DnsTrouble>();
  const signed = new Set<string>();
  const asked: string[] = [];
  const written = new Map<string, Buffer>();
  const server = createServer({
    udp: true,
    tcp: true,
    handle(request, send) {
      const [question] = request.questions as { name: string; type: number }[];
      const name = question?.name.toLowerCase() ?? '';
      const type = TYPES.find((known) => codeOf(known) === question?.type);
      asked.push(`${type ?? question?.type} ${name}`);
      const trouble = troubleAt(troubles, name);
      if (trouble === 'silence') return;
      const response = answer(request, { zone, signed }, name, type, trouble);
      if (response.answers.length >= MANY_ANSWERS) writeOnce(response, `${type} ${name}`, written);
      void send(response);
    },
  });
  server.on('requestError', () => {});
  const port = await freePort();
  const place = { port, address: '127.0.0.1' };
  await server.listen({ udp: place, tcp: place });
  return {
    server: `127.0.0.1:${port}`,
    publish(name, records) {
      zone.set(name.toLowerCase(), records);
      written.clear();
    },
    withdraw: (name) => void zone.delete(name.toLowerCase()),
    fail(name, trouble) {
      if (trouble) troubles.set(name, trouble);
      else troubles.delete(name);
    },
    sign: (name) => void signed.add(name.toLowerCase()),
    asked,
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}

const MANY_ANSWERS = 500;

/** The library takes a second for thousands of records, and who hears nothing meanwhile asks again. */
function writeOnce(response: Packet, question: string, written: Map<string, Buffer>): void {
  const bytes = written.get(question) ?? response.toBuffer();
  written.set(question, bytes);
  response.toBuffer = () => {
    const copy = Buffer.from(bytes);
    copy.writeUInt16BE(response.header.id, 0);
    return copy;
  };
}

function troubleAt(troubles: Map<string, DnsTrouble>, name: string): DnsTrouble | undefined {
  return [...troubles].find(([place]) => isWithin(name, place))?.[1];
}

function isWithin(name: string, place: string): boolean {
  return name === place || name.endsWith(`.${place}`);
}

/** The library knows TLSA by number alone. */
function codeOf(type: Type): number {
  return type === 'TLSA' ? 52 : Packet.TYPE[type];
}

function answer(
  request: Packet,
  { zone, signed }: { zone: Map<string, DnsRecords>; signed: Set<string> },
  asked: string,
  type: Type | undefined,
  trouble: Exclude<DnsTrouble, 'silence'> | undefined,
): Packet {
  const response = Packet.createResponseFromRequest(request);
  response.header.ra = 1;
  if (trouble) response.header.rcode = Packet.RCODE[trouble];
  if (trouble || !type) return response;
  let name = asked;
  // The library's types do not know of AD.
  const header = response.header as typeof response.header & { ad?: number };
  header.ad = (request.header as typeof header).ad ?? 0;
  for (let aliases = 0; aliases < MAX_ALIASES; aliases++) {
    if (![...signed].some((place) => isWithin(name, place))) header.ad = 0;
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
  const base = { name, type: codeOf(type), class: Packet.CLASS.IN, ttl: TTL_S };
  const details: object[] = {
    TXT: () => (records.TXT ?? []).map((data) => ({ data })),
    CNAME: () => (records.CNAME === undefined ? [] : [{ domain: records.CNAME }]),
    MX: () => records.MX ?? [],
    A: () => (records.A ?? []).map((address) => ({ address })),
    AAAA: () => (records.AAAA ?? []).map((address) => ({ address })),
    TLSA: () =>
      (records.TLSA ?? []).map(({ usage, selector, matching, data }) => ({
        data: Buffer.concat([Buffer.from([usage, selector, matching]), data]),
      })),
  }[type]();
  return details.map((detail) => Object.assign(new Packet.Resource(), base, detail));
}
