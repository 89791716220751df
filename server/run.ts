import { pino } from 'pino';
import { banner } from './banner.ts';
import { boot } from './boot.ts';
import { readConfig } from './config.ts';
import { StartupError } from './startup-error.ts';

const DRAIN_MS = 9_000;

try {
  const config = readConfig();
  const log = pino({ level: config.log_level });
  // From before the start to the end: npm passes Ctrl-C on, so it comes twice, and neither may cut a start or a stop short.
  const told = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, resolve);
  });
  const running = await boot(config, log);
  process.stdout.write(banner(config, running));
  const signal = await told;
  log.info({ signal }, 'stopping: what is under way is finished first');
  // Whatever hangs longer is cut off: everything accepted is in the database.
  const deadline = setTimeout(() => process.exit(0), DRAIN_MS).unref();
  await running[Symbol.asyncDispose]();
  clearTimeout(deadline);
  log.info({}, 'stopped');
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  for (const line of error.message.split('\n')) process.stderr.write(`koltrix: ${line}\n`);
  process.exitCode = 1;
}
