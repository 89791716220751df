import { Command, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { accountCommand } from './commands/account.ts';
import { candidatesCommand, completionCommand } from './commands/completion.ts';
import { contractCommand } from './commands/contract.ts';
import { domainsCommand } from './commands/domains.ts';
import { emailsCommand } from './commands/emails.ts';
import { eventsCommand } from './commands/events.ts';
import { inboxCommand } from './commands/inbox.ts';
import { listenCommand } from './commands/listen.ts';
import { sendCommand } from './commands/send.ts';
import { suppressionsCommand } from './commands/suppressions.ts';
import { webhooksCommand } from './commands/webhooks.ts';
import { misuse } from './failure.ts';
import { addOperations } from './operations/groups.ts';
import { actIn } from './session.ts';
import type { World } from './world.ts';

/** The whole tree of commands. Add a command here, and in a file of its own in `commands/`. */
export function programFor(world: World): Command {
  const act = actIn(world);
  const program = new Command('koltrix')
    .description('Send email with Koltrix and follow what becomes of it.')
    .version(manifest.version, '-V, --version', 'print the version')
    .addOption(new Option('--base-url <url>', 'where Koltrix is (env: KOLTRIX_BASE_URL; else http://127.0.0.1:8025)'))
    .addOption(new Option('--key <key>', 'the API key; better set KOLTRIX_KEY, since others can see arguments'))
    .addOption(new Option('--json', 'print JSON, one value a line'))
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', ENVIRONMENT)
    .addCommand(sendCommand(act))
    .addCommand(emailsCommand(act))
    .addCommand(eventsCommand(act))
    .addCommand(listenCommand(act))
    .addCommand(webhooksCommand(act))
    .addCommand(inboxCommand(act))
    .addCommand(domainsCommand(act))
    .addCommand(suppressionsCommand(act))
    .addCommand(accountCommand(act));
  addOperations(program, act);
  program.addCommand(contractCommand(act)).addCommand(completionCommand(act));
  program.addCommand(candidatesCommand(act, program), { hidden: true });
  program.hook('preAction', (_, command) => refuseEmpty(command));
  forAll(program, (command) => {
    if (command !== program) command.helpCommand(false);
    command
      .helpOption('-h, --help', 'show help')
      .exitOverride()
      .configureOutput({
        writeOut: (text) => world.out.line(text.trimEnd()),
        writeErr: (text) => world.err.line(text.trimEnd()),
        // Told by `report`, which knows about --json.
        outputError: () => {},
        getOutHelpWidth: () => Math.min(world.out.width, 100),
        getErrHelpWidth: () => Math.min(world.err.width, 100),
        getOutHasColors: () => world.out.paint('bold', '') !== '',
        getErrHasColors: () => world.err.paint('bold', '') !== '',
      })
      .configureHelp({
        showGlobalOptions: true,
        styleTitle: (text) => world.out.paint('bold', text),
        styleCommandText: (text) => world.out.paint('cyan', text),
        styleSubcommandText: (text) => world.out.paint('cyan', text),
        styleOptionText: (text) => world.out.paint('cyan', text),
        styleArgumentText: (text) => world.out.paint('cyan', text),
      });
  });
  return program;
}

const ENVIRONMENT = `
Environment:
  KOLTRIX_KEY             your API key, kx_… (KOLTRIX_API_KEY serves as well)
  KOLTRIX_BASE_URL        where Koltrix is; by default http://127.0.0.1:8025
  KOLTRIX_WEBHOOK_SECRET  the secret of listen and webhooks verify, whsec_…
  KOLTRIX_STRANGER_KEY    a second tenant's key, for contract
  NO_COLOR                no colours, also on a terminal

Exit codes:
  0  done
  1  refused, or not so: a bounce, a domain not verified, no mail in time
  2  wrong usage, or no key
  3  Koltrix cannot be reached: try again later
  130, 143  interrupted by Ctrl-C or SIGTERM`;

/** `koltrix emails show "$ID"` while the variable is not set, or a place in a folder: neither names anything. */
function refuseEmpty({ registeredArguments, args }: Command): void {
  for (const [at, argument] of registeredArguments.entries()) {
    const given = args[at];
    if (!argument.required || given === undefined || !/^\s*\.{0,2}\s*$/.test(given)) continue;
    throw misuse(`<${argument.name()}> must not be ${given.trim() ? given : 'empty'}.`);
  }
}

/** Settings do not reach commands that were built elsewhere: each gets them by hand. */
function forAll(command: Command, apply: (command: Command) => void): void {
  apply(command);
  for (const child of command.commands) forAll(child, apply);
}
