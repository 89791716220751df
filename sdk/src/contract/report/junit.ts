import { type Check, type Fault, ruleWords } from '../world/ledger.ts';
import type { ContractReport, OperationReport } from './report.ts';

/** The report as JUnit XML: a suite for each operation, a case for each check. */
export function junitOf(report: ContractReport): string {
  const { summary, duration_ms } = report;
  const tests = summary.passed + summary.failed + summary.skipped;
  const suites = report.operations.map((operation) => suiteOf(operation, report.started_at)).join('');
  const counts = `tests="${tests}" failures="${summary.failed}" skipped="${summary.skipped}" time="${seconds(duration_ms)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="koltrix contract ${text(report.contract.version)}" ${counts}>\n${suites}</testsuites>\n`;
}

function suiteOf({ id, method, path, checks }: OperationReport, started_at: string): string {
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  const counts = `tests="${checks.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped')}"`;
  const cases = checks.map((check) => caseOf(id, check)).join('');
  return `  <testsuite name="${text(`${id} (${method} ${path})`)}" timestamp="${started_at}" ${counts}>\n${cases}  </testsuite>\n`;
}

function caseOf(id: string, { rule, name, outcome, reason = '', faults }: Check): string {
  const head = `    <testcase classname="${text(id)}" name="${text(`${ruleWords[rule]}: ${name}`)}"`;
  if (outcome === 'skipped') return `${head}><skipped message="${text(reason)}"/></testcase>\n`;
  if (outcome === 'passed') return `${head}/>\n`;
  return `${head}>\n${faults.map(failureOf).join('')}    </testcase>\n`;
}

function failureOf({ rule, message, place, excerpt }: Fault): string {
  const details = [place, ...(excerpt ? [excerpt.request, excerpt.response, excerpt.curl] : [])].join('\n\n');
  return `      <failure type="${rule}" message="${text(message)}">${text(details)}</failure>\n`;
}

const seconds = (time_ms: number) => (time_ms / 1_000).toFixed(3);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML 1.0 has no place for most control characters, not even escaped. */
function text(value: string): string {
  return value
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
