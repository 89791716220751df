import { InvalidArgumentError } from 'commander';
import type { Printer } from './printer.ts';
import { isNarrow } from './text.ts';

const UNIT_ms: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `2h`, `3d`; undefined when the text is none of these. */
function spanIn(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})\s?([smhd])$/.exec(text.trim()) ?? [];
  return count && unit ? Number(count) * (UNIT_ms[unit] ?? 0) : undefined;
}

/** A length of time as an option's value, in milliseconds. Without a unit it is seconds. */
export function duration(text: string): number {
  const span_ms = spanIn(/^\d+$/.test(text) ? `${text}s` : text);
  if (span_ms === undefined) throw new InvalidArgumentError('Say it as 90s, 15m, 2h or 3d.');
  return span_ms;
}

/** A point in time: as RFC 3339, or as a span from now, back for what was and ahead for what shall be. */
const pointIn =
  (direction: -1 | 1, example: string) =>
  (text: string): string => {
    const span_ms = spanIn(text.replace(/^in /, ''));
    const time = span_ms === undefined ? new Date(text) : new Date(Date.now() + direction * span_ms);
    // `new Date('3')` is a day of 2001.
    const isTime = span_ms !== undefined || (/^\d{4}-\d\d/.test(text) && !Number.isNaN(time.getTime()));
    if (!isTime) throw new InvalidArgumentError(`Say it as 2026-11-22T17:00:00Z, or as ${example}.`);
    return time.toISOString();
  };

export const pastTime = pointIn(-1, '2h for two hours ago');
export const futureTime = pointIn(1, '2h for in two hours');

const pad = (number: number) => String(number).padStart(2, '0');

/** The time of day, as the clock on the wall shows it. */
export function clockTime(time: string): string {
  const at = new Date(time);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':');
}

/** The date and the time of day; without year and seconds where there is little room. */
export function dateAndTimeFor(out: Printer, time: string): string {
  return isNarrow(out) ? dateAndTime(time).slice(5, 16) : dateAndTime(time);
}

export function dateAndTime(time: string): string {
  const at = new Date(time);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clockTime(time)}`;
}

/** How much later, in two digits or so: `+0.25 s`, `+3 min`. */
export function later(from: string, to: string): string {
  const span_s = (Date.parse(to) - Date.parse(from)) / 1_000;
  if (span_s < 60) return `+${span_s.toFixed(2)} s`;
  if (span_s < 5_400) return `+${Math.round(span_s / 60)} min`;
  return span_s < 172_800 ? `+${Math.round(span_s / 3_600)} h` : `+${Math.round(span_s / 86_400)} d`;
}
