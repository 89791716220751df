import type { Printer } from '../printer.ts';
import { listLine, pairs, plain } from '../text.ts';
import { dateAndTime, dateAndTimeFor } from '../times.ts';
import { account } from './account.ts';
import { domain } from './domain.ts';
import { recipient } from './recipient.ts';
import { suppressionImport } from './suppression-import.ts';
import type { View } from './view.ts';

const views: Record<string, View<never>> = {
  Account: account,
  Domain: domain,
  Recipient: recipient,
  SuppressionImport: suppressionImport,
};

/** A line of a list. Without a view of its own a thing is shown by its id, its time and its short texts. */
export function lineOf(model: string, thing: object, out: Printer): string {
  const line = views[model]?.line as View<object>['line'];
  if (line) return line(thing, out);
  const { id = '', created_at, received_at, updated_at: _, ...rest } = thing as Record<string, unknown>;
  const time = created_at ?? received_at;
  const texts = Object.entries(rest).flatMap(([name, value]) =>
    typeof value === 'string' && value ? [brief(name, value)] : [],
  );
  const cells = [String(id), ...(typeof time === 'string' ? [out.paint('dim', dateAndTimeFor(out, time))] : [])];
  return listLine(out, cells, texts.join(' · '));
}

/** A text speaks for itself; a time does not. */
const brief = (name: string, value: string) =>
  isTime(value) ? `${name.replace(/_at$/, '').replaceAll('_', ' ')} ${dateAndTime(value)}` : plain(value);

const SECRETS = ['key', 'secret'];

/** A thing alone. Without a view of its own: its fields, one a line. */
export function pageOf(model: string, thing: object, out: Printer): string {
  const page = views[model]?.page as View<object>['page'];
  if (page) return page(thing, out);
  const entries = Object.entries(thing).filter(([, value]) => value !== null);
  return pairs(
    out,
    entries.map(([name, value]) => [
      label(name),
      `${inWords(value)}${SECRETS.includes(name) ? out.paint('dim', '  shown this once') : ''}`,
    ]),
  );
}

function label(name: string): string {
  const text = name.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return isTime(value) ? dateAndTime(value) : plain(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return plain(value.join(', '));
  return plain(JSON.stringify(value));
}

const isTime = (text: string) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
