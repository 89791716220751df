import { CommanderError } from 'commander';
import { type APIError, isAPIError, isConnectionError, isKoltrixError, isTimeoutError } from '../index.ts';
import { adviceFor } from './advice.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { jsonLine, plain } from './text.ts';
import type { World } from './world.ts';

/** What is said about a failure, for people and for programs. */
interface Said {
  exitCode: ExitCode;
  message: string;
  /** Faults of the request, each with the place in it. */
  faults?: readonly { pointer: string; detail: string }[];
  /** What to name when asking for help. */
  reference?: string;
  advice?: string | undefined;
  /** Further fields of the JSON form. */
  fields?: object;
}

/** What of the command line a report needs. */
interface Asked {
  json: boolean;
  base_url: string;
}

/** Prints what went wrong on stderr and gives the exit code. */
export function report(error: unknown, { err }: Pick<World, 'err'>, { json, base_url }: Asked): ExitCode {
  const said = wordsFor(error, base_url);
  if (!said.message) return said.exitCode;
  if (json) {
    const { exitCode, message, faults = [], advice, fields } = said;
    err.line(jsonLine({ error: { exit_code: exitCode, detail: message, errors: faults, advice, ...fields } }));
    return said.exitCode;
  }
  err.line(`${err.paint('red', '✗')} ${plain(said.message)}`);
  // The server names a single fault in the message already.
  const faults = said.faults?.length === 1 ? [] : (said.faults ?? []);
  const width = Math.max(0, ...faults.map(({ pointer }) => plain(pointer).length));
  for (const { pointer, detail } of faults) {
    err.line(`  ${err.paint('yellow', plain(pointer).padEnd(width))}  ${plain(detail)}`);
  }
  if (said.reference) err.line(`  ${err.paint('dim', plain(said.reference))}`);
  if (said.advice) err.line(`  ${err.paint('cyan', '→')} ${said.advice}`);
  return said.exitCode;
}

function wordsFor(error: unknown, base_url: string): Said {
  if (error instanceof Failure) {
    return { exitCode: error.exitCode, message: error.message, advice: error.advice, fields: error.fields };
  }
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help') return { exitCode: exitCodes.usage, message: 'A command is missing.' };
    const message = error.message.replace(/^error: /, '');
    return { exitCode: exitCodes.usage, message, advice: 'Add --help to see what the command takes.' };
  }
  if (isAPIError(error)) return answered(error);
  if (isConnectionError(error) || isTimeoutError(error)) {
    return {
      exitCode: exitCodes.unreachable,
      message: `Koltrix cannot be reached at ${base_url}: ${reasonOf(error)}`,
      advice: 'Is it running, and is that its address? Set KOLTRIX_BASE_URL or pass --base-url.',
    };
  }
  if (isKoltrixError(error)) return { exitCode: exitCodes.failed, message: error.message };
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCodes.failed, message: `This is a fault of the koltrix command: ${trace}` };
}

function answered(error: APIError): Said {
  const { status, code, detail, errors, request_id, retryable, retryAfter_ms } = error;
  return {
    exitCode: code === 'unavailable' ? exitCodes.unreachable : exitCodes.failed,
    message: detail,
    faults: errors,
    reference: [status, code, request_id].filter(Boolean).join(' · '),
    advice: adviceFor(error),
    fields: {
      status,
      code,
      request_id,
      retryable,
      ...(retryAfter_ms !== undefined && { retry_after_ms: retryAfter_ms }),
    },
  };
}

/** The runtimes hide the reason (ECONNREFUSED and the like) in causes of causes. */
function reasonOf(error: Error): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Error) return reasonOf(cause);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
