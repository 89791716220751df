// The last line of CI: how many passed and failed. A skipped test counts as a failure there.
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites, success } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
);
const skipped = numPendingTests + numTodoTests;
if (skipped) console.log(`${skipped} tests were skipped; in CI each of them has what it needs and must run`);
const failed = numFailedTests + skipped + (numFailedTests === 0 && !success ? Math.max(1, numFailedTestSuites) : 0);
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
