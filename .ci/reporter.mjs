// What CI says at its end: each test that needed a second try, and how many passed and failed as the very last line.
// It is written to a file, so that `.ci/run` can show it after all else. A skipped test counts as a failure there.
import { writeFileSync } from 'node:fs';

const END_MS = 60_000;

const place = (test) => `[${test.project.name}] ${test.module.relativeModuleId} > ${test.fullName}`;
const reason = (test) => test.result().errors?.[0]?.message.split('\n')[0];

export default class {
  onTestRunEnd(modules, unhandledErrors, reason_of_end) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    const passed = inState('passed');
    const failed = inState('failed');
    const again = passed.filter((test) => test.diagnostic()?.flaky);
    const left_out = tests.length - passed.length - failed.length;
    // A hook that failed, a file that could not be loaded, a worker that died: no test says so.
    const broken = modules.filter((module) => !module.ok() && !hasFailed(module));
    const lines = [];
    if (again.length) lines.push(`${again.length} passed at the second try only:`);
    for (const test of again) lines.push(`  ${place(test)}: ${reason(test)}`);
    for (const test of failed) lines.push(`failed: ${place(test)}: ${reason(test)}`);
    for (const module of broken) lines.push(`failed: [${module.project.name}] ${module.relativeModuleId}`);
    for (const error of unhandledErrors) lines.push(`failed: outside of any test: ${error.message?.split('\n')[0]}`);
    if (left_out) lines.push(`${left_out} were not run; in CI each of them has what it needs and must run`);
    const faults = failed.length + broken.length + unhandledErrors.length + left_out;
    const cut_short = faults === 0 && (reason_of_end !== 'passed' || passed.length === 0) ? 1 : 0;
    lines.push(`${passed.length} passed, ${faults + cut_short} failed`);
    writeFileSync(process.env.CI_SUMMARY, `${lines.join('\n')}\n`);
    // A process that a failed test left behind may keep the workers' output open, and the run from its end.
    setTimeout(() => process.exit(faults + cut_short ? 1 : 0), END_MS).unref();
  }
}

function hasFailed(module) {
  for (const test of module.children.allTests('failed')) if (test) return true;
  return false;
}
