import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ContractReport } from '../../contract/index.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure, misuse } from '../failure.ts';
import type { Act, Session } from '../session.ts';

interface ContractCommandOptions {
  spec?: string;
  strangerKey?: string;
  from?: string;
  only?: string[];
  skip?: string[];
  maxDuration: number;
  rate: number;
  junit?: string;
  jsonFile?: string;
}

export function contractCommand(act: Act): Command {
  return new Command('contract')
    .description('hold a deployment against the contract: every operation, by valid, boundary and invalid requests')
    .addOption(new Option('--spec <file-or-url>', 'the contract, bundled as JSON (else the one of this version)'))
    .addOption(
      new Option('--stranger-key <key>', 'a second tenant’s key, which must see nothing (env: KOLTRIX_STRANGER_KEY)'),
    )
    .addOption(new Option('--from <address>', 'the sender, where its domain must be verified'))
    .addOption(new Option('--only <operations>', 'check these operations only, as sendEmail,getEmail').argParser(ids))
    .addOption(new Option('--skip <operations>', 'leave these operations out').argParser(ids))
    .addOption(new Option('--max-duration <seconds>', 'begin nothing after so long').argParser(positive).default(600))
    .addOption(new Option('--rate <requests>', 'requests in a second at most').argParser(positive).default(200))
    .addOption(new Option('--junit <file>', 'also write the report as JUnit XML'))
    .addOption(new Option('--json-file <file>', 'also write the report as JSON'))
    .addHelpText(
      'after',
      `
It needs a key of full scope. It sends mail to simulator.test alone, which goes nowhere, and removes what it makes:
keys, webhooks, suppressions, domains, scheduled mail. Use a tenant of its own all the same: the mail stays in its log.

Exit codes: 0 the deployment holds, 1 there are faults, 2 it could not be judged to the end.
${examples(
  ['koltrix contract', 'check the Koltrix on this machine'],
  ['koltrix contract --base-url https://mail.acme.example --junit contract.xml', 'check a deployment from CI'],
  ['koltrix contract --only sendEmail,getEmail', 'look at two operations'],
)}`,
    )
    .action(
      act(async (session, options: ContractCommandOptions) => {
        const { exitCodeOf, junitOf, linesOf } = await kit();
        const report = await check(session, options);
        if (options.junit) await written(options.junit, junitOf(report));
        if (options.jsonFile) await written(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
        session.show(report, () => linesOf(report, session.out.paint).join('\n'));
        // The report has said it all.
        if (exitCodeOf(report) !== 0)
          throw new Failure('', { exitCode: exitCodeOf(report) === 1 ? exitCodes.failed : exitCodes.usage });
      }),
    );
}

/** Loaded when it is asked for: the other commands shall not wait for a validator and the whole contract. */
const kit = () => import('../../contract/index.ts');

async function check(session: Session, options: ContractCommandOptions): Promise<ContractReport> {
  const { spec, strangerKey = session.environment.stranger_key, ...rest } = options;
  const { key, base_url } = session.deployment();
  const { CannotCheck, checkContract, ownContract } = await kit();
  try {
    return await checkContract({
      ...rest,
      strangerKey,
      spec: spec === undefined ? ownContract : await document(spec),
      baseUrl: base_url,
      key,
      signal: session.signal,
      onProgress: (operation, done, of) => {
        if (session.err.isTerminal) session.note(session.err.paint('dim', `${done + 1} of ${of}  ${operation}`));
      },
    });
  } catch (error) {
    if (error instanceof CannotCheck) throw misuse(error.message);
    throw error;
  }
}

async function document(place: string): Promise<unknown> {
  try {
    if (!/^https?:/.test(place)) return JSON.parse(await readFile(place, 'utf8'));
    const response = await fetch(place);
    if (!response.ok) throw new Error(`it was answered ${response.status}`);
    return await response.json();
  } catch (error) {
    throw misuse(`The contract at ${place} cannot be read: ${(error as Error).message}.`);
  }
}

async function written(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: Error) => {
    throw misuse(`The report cannot be written: ${error.message}.`);
  });
}

function ids(value: string, previous: string[] = []): string[] {
  return [...previous, ...value.split(',').map((id) => id.trim())].filter(Boolean);
}

function positive(value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above nought.');
}
