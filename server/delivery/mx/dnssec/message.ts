/**
 * A question to a resolver and its answer on the wire (RFC 1035, 4), as far as DANE needs them: Node's resolver does not
 * hand on whether an answer is authentic (the AD flag of RFC 4035).
 */
export const TYPES = { A: 1, CNAME: 5, TLSA: 52 } as const;

export interface ResolverAnswer {
  /** It did not fit; TCP has the whole. */
  is_truncated: boolean;
  /** The resolver has proven by DNSSEC all that it answers, or that there is nothing. */
  is_authentic: boolean;
  /** 0: no error, 2: SERVFAIL, 3: NXDOMAIN, … */
  rcode: number;
  /** With names in lower case. */
  records: { name: string; type: number; data: Buffer }[];
  /** The last of the aliases that lead on from the name that was asked for; itself without any. */
  canonical_name: string;
}

const HEADER_BYTES = 12;
/** What passes everywhere in one UDP packet (as DNS software agreed upon in 2020). */
const MAX_UDP_BYTES = 1_232;
const MAX_ALIASES = 10;
const MAX_RECORDS = 100;
const IN = 1;

/** RD and AD are set: AD in a question asks for AD in the answer (RFC 6840, 5.7). */
export function encodeQuestion(id: number, name: string, type: keyof typeof TYPES): Buffer {
  const header = Buffer.from([id >> 8, id & 0xff, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1]);
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  const encoded = labels.flatMap((label) => {
    if (!label.length || label.length > 63) throw new Error(`${name} is no domain name`);
    return [Buffer.from([label.length]), label];
  });
  const tail = Buffer.from([0, 0, TYPES[type], 0, IN]);
  const opt = Buffer.from([0, 0, 41, MAX_UDP_BYTES >> 8, MAX_UDP_BYTES & 0xff, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...encoded, tail, opt]);
}

/** Reads what came for a question; throws when it is not the answer to it, or cannot be read. */
export function decodeAnswer(bytes: Buffer, question: Buffer): ResolverAnswer {
  const asked = readName(question, HEADER_BYTES);
  const echoed = readName(bytes, HEADER_BYTES);
  const is_ours =
    bytes.readUInt16BE(0) === question.readUInt16BE(0) &&
    (bytes.readUInt8(2) & 0x80) !== 0 &&
    bytes.readUInt16BE(4) === 1 &&
    echoed.name === asked.name &&
    bytes.readUInt16BE(echoed.end) === question.readUInt16BE(asked.end);
  if (!is_ours) throw new Error('this answers another question');
  const records: ResolverAnswer['records'] = [];
  const aliases = new Map<string, string>();
  let at = echoed.end + 4;
  for (let left = Math.min(bytes.readUInt16BE(6), MAX_RECORDS); left > 0; left--) {
    const { name, end } = readName(bytes, at);
    const type = bytes.readUInt16BE(end);
    const from = end + 10;
    at = from + bytes.readUInt16BE(end + 8);
    if (at > bytes.length) throw new RangeError('a record reaches beyond the message');
    if (type === TYPES.CNAME) aliases.set(name, readName(bytes, from).name);
    records.push({ name, type, data: bytes.subarray(from, at) });
  }
  return {
    is_truncated: (bytes.readUInt8(2) & 0x02) !== 0,
    is_authentic: (bytes.readUInt8(3) & 0x20) !== 0,
    rcode: bytes.readUInt8(3) & 0x0f,
    records,
    canonical_name: follow(aliases, asked.name),
  };
}

function follow(aliases: ReadonlyMap<string, string>, start: string): string {
  let name = start;
  for (let i = 0; i < MAX_ALIASES; i++) name = aliases.get(name) ?? name;
  return name;
}

/** A name and where it ends. Pointers lead back only, so that none leads in circles (4.1.4). */
function readName(bytes: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  let at = start;
  let before = start;
  for (;;) {
    const length = bytes.readUInt8(at);
    if (length >= 0xc0) {
      const target = bytes.readUInt16BE(at) & 0x3fff;
      end ??= at + 2;
      if (target >= before) throw new RangeError('a name leads in circles');
      before = target;
      at = target;
    } else if (length > 63) throw new RangeError('a name of an unknown form');
    else if (length === 0) return { name: labels.join('.').toLowerCase(), end: end ?? at + 1 };
    else {
      labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
}
