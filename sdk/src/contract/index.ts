export { CannotCheck, type ContractOptions } from './options.ts';
export { ownContract } from './own.ts';
export { junitOf } from './report/junit.ts';
export { type ContractReport, exitCodeOf, type OperationReport } from './report/report.ts';
export { linesOf } from './report/terminal.ts';
export { checkContract } from './run.ts';
