import { writeUuid } from './id-text.ts';

/** A column's type: `bytea` is given as bytes or in hexadecimal, a timestamp as a Date, an enum as `text`. */
export type ColumnType = keyof typeof kinds;

/** What one row may hold in a column. */
export type Cell = string | number | boolean | Date | Buffer | readonly string[] | null;

/** Bytes that grow. */
export interface Out {
  bytes: Buffer;
  length: number;
}

/** A value in Postgres' binary form (what the type's `_recv` function reads), with its length before it. */
export function putCell(out: Out, { write }: Kind, cell: Cell): void {
  if (cell === null) {
    putInt32(out, -1);
    return;
  }
  // The length stands before the value and is known after it.
  const start = out.length;
  ensure(out, 4);
  out.length += 4;
  write(out, cell as never);
  out.bytes.writeInt32BE(out.length - start - 4, start);
}

/** How a type is written: its fixed number in Postgres, and what a value usually takes. */
interface Kind {
  oid: number;
  guess_bytes: number;
  write(out: Out, cell: never): void;
}

export const kinds = {
  bool: { oid: 16, guess_bytes: 1, write: putBoolean },
  bytea: { oid: 17, guess_bytes: 32, write: putBytes },
  int4: { oid: 23, guess_bytes: 4, write: putInt32 },
  text: { oid: 25, guess_bytes: 32, write: putText },
  timestamptz: { oid: 1184, guess_bytes: 8, write: putTime },
  uuid: { oid: 2950, guess_bytes: 16, write: putUuid },
  jsonb: { oid: 3802, guess_bytes: 32, write: putJson },
  'uuid[]': { oid: 2951, guess_bytes: 40, write: putUuids },
} satisfies Record<string, Kind>;

/** Room for so many more bytes, and for the length of the value after them. */
export function ensure(out: Out, more_bytes: number): void {
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

export function putInt32(out: Out, value: number): void {
  ensure(out, 4);
  out.length = out.bytes.writeInt32BE(value, out.length);
}

function putUuid(out: Out, uuid: string): void {
  ensure(out, 16);
  writeUuid(uuid, out.bytes, out.length);
  out.length += 16;
}

function putUuids(out: Out, uuids: readonly string[]): void {
  putArrayHeader(out, { nulls: false, oid: kinds.uuid.oid, count: uuids.length });
  for (const uuid of uuids) putCell(out, kinds.uuid, uuid);
}

/** One dimension, whether there are nulls, the elements' type, how many they are, and that they count from 1. */
export function putArrayHeader(out: Out, { nulls, oid, count }: { nulls: boolean; oid: number; count: number }): void {
  for (const value of [1, Number(nulls), oid, count, 1]) putInt32(out, value);
}

function putBytes(out: Out, bytes: Buffer | string): void {
  ensure(out, bytes.length);
  out.length +=
    typeof bytes === 'string' ? out.bytes.write(bytes, out.length, 'hex') : bytes.copy(out.bytes, out.length);
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
