import { type Check, type Fault, ruleWords } from '../world/ledger.ts';
import type { ContractReport, OperationReport } from './report.ts';

export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

/** The report for people: a line for each operation, and what is wrong with it in full. */
export function linesOf(report: ContractReport, paint: Paint): string[] {
  const { summary, requests, duration_ms, left_behind } = report;
  const lines = report.operations.flatMap((operation) => ofOperation(operation, paint));
  const skipped = reasonsIn(report);
  if (skipped.size) lines.push('', paint('bold', 'Not checked'));
  for (const [reason, names] of skipped)
    lines.push(`  ${paint('yellow', '–')} ${reason} ${paint('dim', `(${told(names)})`)}`);
  if (left_behind.length) lines.push('', paint('bold', 'Left behind'), ...left_behind.map((line) => `  ${line}`));
  const failed = summary.failed ? paint('red', `${summary.failed} failed`) : paint('green', '0 failed');
  lines.push(
    '',
    `${summary.passed} passed, ${failed}, ${summary.skipped} skipped; ${requests} requests in ${(duration_ms / 1_000).toFixed(1)} s`,
  );
  if (!report.complete) lines.push(paint('yellow', `This is not all: ${report.reason}`));
  return lines;
}

function ofOperation({ id, method, path, checks }: OperationReport, paint: Paint): string[] {
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
  const mark = failed.length ? paint('red', '✗') : passed ? paint('green', '✓') : paint('yellow', '–');
  const name = id === path ? paint('bold', path) : `${paint('bold', id)} ${paint('dim', `${method} ${path}`)}`;
  const lines = [`${mark} ${name}  ${paint('dim', `${passed} of ${checks.length}`)}`];
  for (const check of failed) lines.push(...ofCheck(check, paint));
  return lines;
}

function ofCheck({ rule, name, faults }: Check, paint: Paint): string[] {
  return faults.flatMap((fault) => [
    '',
    `  ${paint('red', rule)} ${paint('dim', ruleWords[rule])}`,
    `    ${name}`,
    ...ofFault(fault, paint),
  ]);
}

function ofFault({ message, place, excerpt, times }: Fault, paint: Paint): string[] {
  const indent = (text: string, sign: string) =>
    plain(text)
      .split('\n')
      .map((line) => `    ${paint('dim', `${sign} ${line}`)}`);
  return [
    `    ${paint('yellow', plain(message))}${times > 1 ? paint('dim', ` (${times} times)`) : ''}`,
    `    ${paint('cyan', place)}`,
    ...(excerpt
      ? [...indent(excerpt.request, '>'), ...indent(excerpt.response, '<'), `    ${plain(excerpt.curl)}`]
      : []),
    '',
  ];
}

/** What a stranger wrote must not move the cursor, change the title or turn the text around. */
const plain = (text: string) =>
  text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');

/** Why checks were left out, each reason once. */
function reasonsIn({ operations }: ContractReport): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const { id, checks } of operations)
    for (const { outcome, reason = '', rule } of checks)
      if (outcome === 'skipped') reasons.set(reason, [...(reasons.get(reason) ?? []), `${id} ${rule}`]);
  return reasons;
}

const told = (names: string[]) =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
