import { type ExitCode, exitCodes } from './exit-codes.ts';

interface FailureOptions {
  exitCode?: ExitCode;
  advice?: string | undefined;
  fields?: object;
}

/** An end that is no success, with what the user can do about it; without a message where the output has said it all. Anything else that is thrown is a fault of ours. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly advice: string | undefined;
  /** Further fields of the JSON form. */
  readonly fields: object;

  constructor(message: string, { exitCode = exitCodes.failed, advice, fields = {} }: FailureOptions = {}) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
    this.fields = fields;
  }
}

/** The command cannot be meant like this. */
export function misuse(message: string, advice?: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage, advice });
}

/** Why work was cut short: a signal, or nobody reads the output any more. */
export class Interruption extends Error {
  readonly by: 'SIGINT' | 'SIGTERM' | 'EPIPE';

  constructor(by: Interruption['by']) {
    super(`Interrupted by ${by}`);
    this.by = by;
  }
}
