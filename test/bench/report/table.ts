import type { Profile } from '../machine/profile.ts';
import type { Report, Row } from './report.ts';

const HEADINGS = ['', 'rate /s', 'p50 ms', 'p99 ms', 'of ceiling', 'CPU µs', 'Postgres µs', 'RSS MB', 'others'];
const FOOT = [
  'Load, servers and Postgres share the machine. CPU is for one message: of the server’s processes, and of Postgres.',
  'RSS is the highest of the role’s process; Postgres is not counted. Others: what unrelated programs took of the machine.',
];
const TOP_FUNCTIONS = 25;
const TOP_PARTS = 12;

/** One table over all benchmarks, and the notes that belong to it. */
export function showTable(reports: readonly Report[]): string {
  const blocks = reports.map(({ benchmark, rows }) => [[benchmark], ...rows.map(cells)]);
  const lines = [HEADINGS, ...blocks.flat()];
  const widths = HEADINGS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const show = (line: string[]) =>
    line
      .map((text, at) => (at ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const notes = reports.flatMap(({ benchmark, notes }) => notes.map((note) => `${benchmark}: ${note}`));
  return [show(HEADINGS), ...blocks.flatMap((block) => [rule, ...block.map(show)]), rule, ...FOOT, ...notes, ''].join(
    '\n',
  );
}

function cells({ name, rate, p50_ms, p99_ms, of_ceiling, cpu_us, postgres_us, rss_mb, others }: Row): string[] {
  return [
    `  ${name}`,
    Math.round(rate).toLocaleString('en'),
    p50_ms.toFixed(1),
    p99_ms.toFixed(1),
    inPercent(of_ceiling),
    ...[cpu_us, postgres_us, rss_mb].map((value) => (value === undefined ? '' : Math.round(value).toString())),
    inPercent(others),
  ];
}

function inPercent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`;
}

/** The functions that took the most time of one process, and the packages and folders they belong to. */
export function showProfile({ name, busy, functions, parts }: Profile): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`.padStart(7);
  return [
    `CPU profile of ${name}: the main thread was busy ${Math.round(busy * 100)} % of the time; of that, own time by function`,
    ...functions.slice(0, TOP_FUNCTIONS).map(({ share, name, place }) => `${percent(share)}  ${name}  ${place}`),
    'by package or folder',
    ...parts.slice(0, TOP_PARTS).map(({ share, part }) => `${percent(share)}  ${part}`),
    '',
  ].join('\n');
}
