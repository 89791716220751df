import { Command, Option } from 'commander';
import { type Event, isWebhookVerificationError, verifyWebhook, type WebhookFault } from '../../index.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-codes.ts';
import { Failure, misuse } from '../failure.ts';
import { bytesOf, textOf } from '../files.ts';
import { headersIn } from '../options.ts';
import type { Act, Session } from '../session.ts';
import { plain } from '../text.ts';
import { duration } from '../times.ts';

export function webhooksCommand(act: Act): Command {
  return new Command('webhooks')
    .description('the endpoints that hear of events, their deliveries, and the signature of a request')
    .addCommand(verifyCommand(act));
}

interface VerifyOptions {
  secret?: string[];
  header?: string[];
  headers?: string;
  id?: string;
  timestamp?: string;
  signature?: string;
  tolerance: number;
}

function verifyCommand(act: Act): Command {
  return new Command('verify')
    .description('check that a request comes from Koltrix; ends with 1 when it does not')
    .argument('[payload]', 'a file with the body, byte for byte; - or nothing reads what is piped in', '-')
    .option('-H, --header <header...>', 'the request’s headers, as "webhook-id: evt_…"')
    .option('--headers <file>', 'a file with the headers, a line each or as a JSON object')
    .option('--id <id>', 'the header webhook-id')
    .option('--timestamp <seconds>', 'the header webhook-timestamp')
    .option('--signature <signatures>', 'the header webhook-signature')
    .option('--secret <secret...>', 'the endpoint’s secrets, whsec_…; better set KOLTRIX_WEBHOOK_SECRET')
    .addOption(
      new Option('--tolerance <time>', 'how far the request’s time may lie from now')
        .default(300_000, '5m')
        .argParser(duration),
    )
    .addHelpText(
      'after',
      examples(
        [
          'koltrix webhooks verify body.json --id evt_01k9… --timestamp 1795334400 --signature v1,K5oZ…',
          'with the secret in KOLTRIX_WEBHOOK_SECRET',
        ],
        ['koltrix webhooks verify --headers headers.txt --tolerance 30d < body.json', 'a request that was kept'],
      ),
    )
    .action(act(verify));
}

async function verify(session: Session, payload: string, options: VerifyOptions): Promise<void> {
  const { environment, show, out } = session;
  const secrets = options.secret ?? environment.webhook_secret?.split(/[\s,]+/);
  if (!secrets) throw misuse('There is no secret.', 'Set KOLTRIX_WEBHOOK_SECRET to the endpoint’s secret, whsec_….');
  const headers = await headersOf(options, session);
  const body = await bytesOf(payload, session);
  try {
    const event = await verifyWebhook(body, headers, secrets, { tolerance_s: options.tolerance / 1_000 });
    show({ verified: true, event }, () => `${out.paint('green', '✓')} The signature is good: ${summary(event)}`);
  } catch (error) {
    if (!isWebhookVerificationError(error)) throw error;
    const { reason, message } = error;
    const isUsage = reason === 'invalid-secret' || reason === 'missing-header';
    throw new Failure(`${message}.`, {
      exitCode: isUsage ? exitCodes.usage : exitCodes.failed,
      advice: advice[reason],
      fields: { reason },
    });
  }
}

const summary = ({ type, id }: Event) => plain(`${type} ${id}`);

async function headersOf(options: VerifyOptions, session: Session): Promise<Record<string, string>> {
  const { header, headers: file, id, timestamp, signature } = options;
  const fromFile = file === undefined ? {} : headersInFile(await textOf(file, session));
  const all = {
    ...fromFile,
    ...headersIn(header, '--header'),
    ...(id !== undefined && { 'webhook-id': id }),
    ...(timestamp !== undefined && { 'webhook-timestamp': timestamp }),
    ...(signature !== undefined && { 'webhook-signature': signature }),
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]));
}

function headersInFile(text: string): Record<string, string> {
  if (!text.trimStart().startsWith('{')) {
    // A request line may stand above them.
    const lines = text.split(/\r?\n/).filter((line) => /^[\w-]+:/.test(line));
    return headersIn(lines, '--headers') ?? {};
  }
  try {
    return Object.fromEntries(Object.entries(JSON.parse(text)).map(([name, value]) => [name, String(value)]));
  } catch {
    throw misuse('The file of headers begins like JSON but is not.');
  }
}

const advice: Record<WebhookFault, string> = {
  'invalid-secret': 'The secret was shown when the endpoint was made or its secret rotated; listen prints its own.',
  'invalid-payload': 'Pass the body byte for byte as it came.',
  'missing-header': 'Pass --id, --timestamp and --signature, or --headers.',
  'invalid-timestamp': 'The header webhook-timestamp counts seconds since 1970.',
  'timestamp-too-old': 'Fine for a request that was kept: allow its age, as --tolerance 30d.',
  'timestamp-too-new': 'Is the clock of this machine right?',
  'signature-mismatch':
    'Is it this endpoint’s secret, and are these the exact bytes? Editors add a line break at the end.',
};
