import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnswer, encodeQuestion } from './message.ts';

const ASKED = { name: 'mx.acme.example', type: 'TLSA' } as const;
const QUESTION = encodeQuestion(0x1234, ASKED);
const read = (bytes: Buffer) => decodeAnswer(bytes, 0x1234, ASKED);
const END_OF_QUESTION = 12 + 'mx.acme.example'.length + 2 + 4;

/** The answer with these records, written out. */
function answerWith(records: Buffer[], { id = 0x1234, flags = [0x81, 0xa0] } = {}): Buffer {
  const header = Buffer.from([id >> 8, id & 0xff, ...flags, 0, 1, 0, records.length, 0, 0, 0, 0]);
  return Buffer.concat([header, QUESTION.subarray(12, END_OF_QUESTION), ...records]);
}

/** A record of the name that was asked for, by a pointer to it. */
const record = (type: number, data: number[]) =>
  Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 1, 44, data.length >> 8, data.length & 0xff, ...data]);

test('an answer is read: its flags, its records, where its aliases lead', () => {
  const alias = [4, ...Buffer.from('REAL'), 0xc0, 15];
  expect(read(answerWith([record(5, alias), record(52, [3, 1, 1, 7])]))).toEqual({
    is_truncated: false,
    is_authentic: true,
    rcode: 'NOERROR',
    tlsa: [{ usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from([7]) }],
    canonical_name: 'real.acme.example',
  });
});

test('flags say no as well', () => {
  expect(read(answerWith([], { flags: [0x83, 0x83] }))).toMatchObject({
    is_truncated: true,
    is_authentic: false,
    rcode: 'NXDOMAIN',
    canonical_name: 'mx.acme.example',
  });
});

describe('what is no answer to the question is refused:', () => {
  test.each([
    ['another id', answerWith([], { id: 0x1235 })],
    ['a question', answerWith([], { flags: [0x01, 0x20] })],
    ['an answer to another name', Buffer.from(answerWith([]).toString('latin1').replace('acme', 'acne'), 'latin1')],
    ['an answer about another type', answerWith([]).fill(1, END_OF_QUESTION - 3, END_OF_QUESTION - 2)],
    ['a name that leads to itself', answerWith([Buffer.from([0xc0, END_OF_QUESTION, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])])],
    ['a record that breaks off', answerWith([record(52, [3, 1, 1, 7]).subarray(0, 8)])],
    ['nothing', Buffer.alloc(0)],
  ])('%s', (_name, bytes) => {
    expect(() => read(bytes)).toThrow();
  });

  test('an alias that leads in circles leads somewhere, and an end', () => {
    expect(read(answerWith([record(5, [0xc0, 12])])).canonical_name).toBe('mx.acme.example');
  });
});

test('whatever bytes come, reading them ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(60), (noise, at) => {
      const bytes = Buffer.concat([answerWith([record(52, [3, 1, 1, 7])]).subarray(0, END_OF_QUESTION + at), noise]);
      try {
        expect(read(bytes).tlsa.length).toBeLessThanOrEqual(100);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});

test('a name that cannot be asked for is refused', () => {
  expect(() => encodeQuestion(1, { name: 'a..example', type: 'A' })).toThrow('no domain name');
});
