import type { Environment } from './config.ts';
import { exitCodes } from './exit-codes.ts';
import { Interruption } from './failure.ts';
import { type Printer, printerFor } from './printer.ts';

/** The process as the commands see it. */
export interface World {
  environment: Environment;
  stdin: NodeJS.ReadStream;
  /** What was asked for. */
  out: Printer;
  /** What is said about it: progress, warnings, errors. */
  err: Printer;
  /** Aborts, by an `Interruption`, on Ctrl-C and when the reader of the output has gone. */
  signal: AbortSignal;
}

export function openWorld(process: NodeJS.Process, environment: Environment): World {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Once: whoever asks a second time does not want to wait for a clean end.
    process.once(name, () => controller.abort(new Interruption(name)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return controller.abort(new Interruption('EPIPE'));
      // Such as a disk that is full: what came out is not all, whatever the command itself makes of it.
      process.once('exit', () => {
        process.exitCode = exitCodes.failed;
      });
      if (stream === process.stdout && !controller.signal.aborted)
        printerFor(process.stderr).line(`✗ The output cannot be written: ${error.message}`);
      controller.abort(error);
    });
  }
  return {
    environment,
    stdin: process.stdin,
    out: printerFor(process.stdout),
    err: printerFor(process.stderr),
    signal: controller.signal,
  };
}
