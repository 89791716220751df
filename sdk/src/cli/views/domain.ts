import type { Domain, DomainRecord } from '../../index.ts';
import type { Printer, Style } from '../printer.ts';
import { listLine, padded, pairs, plain, table } from '../text.ts';
import { dateAndTime } from '../times.ts';
import type { View } from './view.ts';

/** A sending domain, with the records to publish. */
export const domain: View<Domain> = {
  line: (each, out) => {
    const { id, status, verified_at } = each;
    const since = verified_at
      ? `since ${dateAndTime(verified_at)}`
      : 'publish its records, then: koltrix domains verify';
    return listLine(out, [id, out.paint(styleOf(status), padded(status, 8)), padded(nameOf(each), 26)], since);
  },
  page: (each, out) => {
    const { id, status, records, checked_at, failing_since, dkim_keys } = each;
    const keys = dkim_keys.map(({ selector, state }) => `${selector} (${state})`).join(', ');
    const times: [string, string][] = [
      ['Looked', checked_at ? dateAndTime(checked_at) : 'not yet: koltrix domains verify looks at once'],
      ...(failing_since ? [['Failing', `since ${dateAndTime(failing_since)}`] as [string, string]] : []),
    ];
    return [
      `${out.paint('bold', nameOf(each))}  ${out.paint(styleOf(status), status)}`,
      pairs(out, [['Id', id], ['DKIM keys', keys], ...times]),
      `\n${out.paint('bold', 'DNS records')}`,
      table(records.map((record) => row(record, out))),
      ...records.flatMap(detailOf),
      ...(status === 'verified' ? [] : [`\nPublish these, then: koltrix domains verify ${plain(each.name)}`]),
    ].join('\n');
  },
};

/** In DNS’s form, and beside it in the one that people read. */
const nameOf = ({ name, unicode_name }: Domain) => plain(name === unicode_name ? name : `${unicode_name} (${name})`);

/** The value is last and whole, for it is to be copied. */
function row({ state, required, type, name, value }: DomainRecord, out: Printer): string[] {
  const need = required ? 'needed' : 'advised';
  return [out.paint(styleOf(state), state), need, type, plain(name), plain(value)];
}

function detailOf({ name, detail }: DomainRecord): string[] {
  return detail ? [`  ${plain(name)}: ${plain(detail)}`] : [];
}

const styles: Record<string, Style> = { verified: 'green', pending: 'yellow' };
const styleOf = (state: string): Style => styles[state] ?? 'red';
