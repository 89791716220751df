import dnsPacket, { type DecodedPacket, type TlsaData } from 'dns-packet';

/**
 * A question to a resolver and its answer, as far as DANE needs them: Node's resolver does not hand on whether an answer is
 * authentic (the AD flag of RFC 4035).
 */
export interface Question {
  name: string;
  type: 'A' | 'CNAME' | 'MX' | 'TLSA';
}

export interface ResolverAnswer {
  /** It did not fit; TCP has the whole. */
  is_truncated: boolean;
  /** The resolver has proven by DNSSEC all that it answers, or that there is nothing. */
  is_authentic: boolean;
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, … */
  rcode: string;
  tlsa: TlsaData[];
  /** The last of the aliases that lead on from the name that was asked for; itself without any. In lower case. */
  canonical_name: string;
}

/** What passes everywhere in one UDP packet (as DNS software agreed upon in 2020). */
const MAX_UDP_BYTES = 1_232;
const MAX_ALIASES = 10;
const MAX_RECORDS = 100;

/** AD in a question asks for AD in the answer (RFC 6840, 5.7). Throws for what is no name: the library would write it. */
export function encodeQuestion(id: number, { name, type }: Question): Buffer {
  if (name.split('.').some((label) => !label || label.length > 63)) throw new Error(`${name} is no domain name`);
  return dnsPacket.encode({
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHENTIC_DATA,
    questions: [{ name, type }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: MAX_UDP_BYTES,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

/** Reads what came for a question; throws when it is not the answer to it, or cannot be read. */
export function decodeAnswer(bytes: Buffer, id: number, { name, type }: Question): ResolverAnswer {
  // The library's types do not know of the code.
  const answer = dnsPacket.decode(bytes) as DecodedPacket & { rcode: string };
  const [echoed, ...more] = answer.questions ?? [];
  const is_ours = answer.flag_qr && answer.id === id && isSame(echoed?.name, name) && echoed?.type === type;
  if (!is_ours || more.length) throw new Error('this answers another question');
  const records = (answer.answers ?? []).slice(0, MAX_RECORDS);
  const aliases = records.flatMap((record) =>
    record.type === 'CNAME' ? [[record.name.toLowerCase(), record.data.toLowerCase()] as const] : [],
  );
  return {
    is_truncated: answer.flag_tc,
    is_authentic: answer.flag_ad,
    rcode: answer.rcode,
    tlsa: records.flatMap((record) => (record.type === 'TLSA' ? [record.data] : [])),
    canonical_name: follow(new Map(aliases), name.toLowerCase()),
  };
}

function isSame(name: string | undefined, other: string): boolean {
  return name?.toLowerCase() === other.toLowerCase();
}

function follow(aliases: ReadonlyMap<string, string>, start: string): string {
  let name = start;
  for (let i = 0; i < MAX_ALIASES; i++) name = aliases.get(name) ?? name;
  return name;
}
