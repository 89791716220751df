import { writeUuid } from './id-text.ts';

/** What a column of an array parameter may hold: `bytea` goes as hexadecimal text, a timestamp as a Date. */
export type ColumnType = keyof typeof kinds;

/** What one row may hold in a column. */
export type Cell = string | number | boolean | Date | null;

/**
 * Rows as one array parameter a column, for `unnest`, in Postgres' binary form (`array_recv`): nothing to quote and no text
 * of numbers, ids and times, neither for us to write nor for Postgres to read.
 */
export function binaryArrays(columns: readonly ColumnType[], rows: readonly (readonly Cell[])[]): Buffer[] {
  return columns.map((type, i) => {
    const { oid, guess_bytes, write } = kinds[type];
    const out: Out = {
      bytes: Buffer.allocUnsafe(HEADER_BYTES + rows.length * (4 + guess_bytes)),
      length: HEADER_BYTES,
    };
    let nulls = 0;
    for (const row of rows) {
      const cell = row[i] as Cell;
      if (cell === null) {
        nulls = 1;
        putInt32(out, -1);
      } else {
        // The element's length stands before it and is known after it.
        const start = out.length;
        out.length += 4;
        write(out, cell as never);
        out.bytes.writeInt32BE(out.length - start - 4, start);
      }
    }
    // One dimension, whether there are nulls, the elements' type, how many they are, and that they count from 1.
    for (const [place, value] of [1, nulls, oid, rows.length, 1].entries()) out.bytes.writeInt32BE(value, place * 4);
    return out.bytes.subarray(0, out.length);
  });
}

const HEADER_BYTES = 20;

interface Out {
  bytes: Buffer;
  length: number;
}

/** Types by their fixed number in Postgres; `guess_bytes` is what an element usually takes. */
const kinds = {
  bool: { oid: 16, guess_bytes: 1, write: putBoolean },
  bytea: { oid: 17, guess_bytes: 32, write: putHex },
  int4: { oid: 23, guess_bytes: 4, write: putInt32 },
  text: { oid: 25, guess_bytes: 32, write: putText },
  timestamptz: { oid: 1184, guess_bytes: 8, write: putTime },
  uuid: { oid: 2950, guess_bytes: 16, write: putUuid },
  jsonb: { oid: 3802, guess_bytes: 32, write: putJson },
};

/** Room for so many more bytes, and for the length of the element after them. */
function ensure(out: Out, more_bytes: number): void {
  const wanted = out.length + more_bytes + 4;
  if (wanted <= out.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(wanted, out.bytes.length * 2));
  out.bytes.copy(grown, 0, 0, out.length);
  out.bytes = grown;
}

function putBoolean(out: Out, value: boolean): void {
  ensure(out, 1);
  out.bytes[out.length++] = value ? 1 : 0;
}

function putInt32(out: Out, value: number): void {
  ensure(out, 4);
  out.length = out.bytes.writeInt32BE(value, out.length);
}

function putUuid(out: Out, uuid: string): void {
  ensure(out, 16);
  writeUuid(uuid, out.bytes, out.length);
  out.length += 16;
}

function putHex(out: Out, hex: string): void {
  ensure(out, hex.length / 2);
  out.length += out.bytes.write(hex, out.length, 'hex');
}

function putText(out: Out, text: string): void {
  // A UTF-16 unit takes at most three bytes in UTF-8.
  ensure(out, text.length * 3);
  out.length += out.bytes.write(text, out.length);
}

/** The version of the form, then the text. */
function putJson(out: Out, json: string): void {
  ensure(out, 1 + json.length * 3);
  out.bytes[out.length++] = 1;
  putText(out, json);
}

const EPOCH_MS = Date.UTC(2000, 0, 1);
const TWO_POW_32 = 2 ** 32;

/** Microseconds since 2000 in 64 bits: more than a number holds exactly, so its halves are multiplied one by one. */
function putTime(out: Out, at: Date): void {
  ensure(out, 8);
  const ms = at.getTime() - EPOCH_MS;
  const high_ms = Math.floor(ms / TWO_POW_32);
  const low_us = (ms - high_ms * TWO_POW_32) * 1000;
  const carried = Math.floor(low_us / TWO_POW_32);
  out.bytes.writeInt32BE(high_ms * 1000 + carried, out.length);
  out.length = out.bytes.writeUInt32BE(low_us - carried * TWO_POW_32, out.length + 4);
}
