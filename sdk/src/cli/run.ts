import { CommanderError } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { Interruption } from './failure.ts';
import { programFor } from './program.ts';
import { report } from './report.ts';
import { DEFAULT_BASE_URL, type SharedOptions } from './session.ts';
import type { World } from './world.ts';

/** Runs one command line to its end and gives the exit code. */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  const program = programFor(world);
  try {
    await program.parseAsync(args.length ? args : ['--help'], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (world.signal.aborted) return codeOf(world.signal.reason);
    // Help and version end this way too.
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const { json = args.includes('--json'), baseUrl } = program.opts<SharedOptions>();
    return report(error, world, { json, base_url: baseUrl ?? world.environment.base_url ?? DEFAULT_BASE_URL });
  }
}

function codeOf(reason: unknown): ExitCode {
  if (!(reason instanceof Interruption)) return exitCodes.failed;
  // Whoever reads no further, as `head` does, has what he wanted.
  if (reason.by === 'EPIPE') return exitCodes.ok;
  return reason.by === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
}
