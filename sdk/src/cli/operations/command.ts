import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { examples } from '../examples.ts';
import { misuse } from '../failure.ts';
import { bytesOf, textOf } from '../files.ts';
import type { Field, OperationCommand } from '../operation-command.ts';
import { type ListOptions, wanted, withListOptions } from '../options.ts';
import type { Act, Session } from '../session.ts';
import { plain } from '../text.ts';
import { conclude } from '../views/conclude.ts';
import { lineOf, pageOf } from '../views/views.ts';
import { addField, given, plainWords } from './fields.ts';
import { idOf } from './ids.ts';
import { kebab } from './naming.ts';

interface Options extends ListOptions {
  data?: string;
  output?: string;
  idempotencyKey?: string;
  [field: string]: unknown;
}

/** A command that is made from the contract: arguments and options, the call, and how its answer is shown. */
export function commandFor(act: Act, group: string, names: readonly string[], spec: OperationCommand): Command {
  const [name = '', ...aliases] = names;
  const command = new Command(name)
    .aliases(aliases)
    .summary(lowerFirst(spec.summary))
    .description(`${lowerFirst(spec.summary)}: ${plainWords(lowerFirst(spec.description))}`.replaceAll('\n', ' '));
  const places = [...spec.path, ...subjectOf(spec)];
  for (const field of places) command.argument(`<${argumentName(field)}>`, argumentWords(field));
  if (fileOf(spec)) command.argument('[file]', 'a file; - or nothing reads what is piped in', '-');
  for (const field of [...spec.query, ...fieldsOf(spec)]) if (!places.includes(field)) addField(command, field);
  if (fieldsOf(spec).length) command.option('-d, --data <file>', 'a JSON file with fields of the request; - for stdin');
  if (spec.keyed) command.option('--idempotency-key <key>', 'your name for this request: a repeat does nothing again');
  if (isBytes(spec)) command.option('-o, --output <file>', 'write to a file rather than to stdout');
  if ('list' in spec.gives) withListOptions(command);
  return command.addHelpText('after', examples([exampleOf(group, name, spec), lowerFirst(spec.summary)])).action(
    act(async (session, ...args: unknown[]) => {
      const texts = args.slice(0, -1) as string[];
      await carryOut(session, spec, texts, args.at(-1) as Options);
    }),
  );
}

async function carryOut(session: Session, spec: OperationCommand, texts: string[], options: Options): Promise<void> {
  const client = session.connect();
  const { signal } = session;
  const method = methodOf(client, spec);
  const ids = await Promise.all(spec.path.map((field, at) => idOf(client, field, texts[at] as string, signal)));
  const query = given(spec.query, options);
  if ('list' in spec.gives) {
    const { list: model } = spec.gives;
    const list = (page: object) => method(...ids, { ...page, ...query }, { signal }) as AsyncIterable<object>;
    for await (const item of wanted(options, list)) session.show(item, () => lineOf(model, item, session.out));
    return;
  }
  const { idempotencyKey } = options;
  const answer = await method(
    ...ids,
    ...(spec.body ? [await bodyOf(session, spec, texts.slice(ids.length), options)] : []),
    ...(spec.takesQuery ? [query] : []),
    { signal, ...(idempotencyKey && { idempotencyKey }) },
  );
  if (isBytes(spec)) return write(session, answer as Uint8Array, options.output);
  const { model } = spec.gives;
  if (model) session.show(answer, () => pageOf(model, answer as object, session.out));
  else told(session, spec, texts);
  conclude(`${spec.resource}.${spec.verb}`, answer);
}

type Method = (...args: unknown[]) => unknown;

function methodOf(client: object, { resource, verb }: OperationCommand): Method {
  const methods = (client as Record<string, Record<string, Method>>)[resource];
  return (...args) => methods?.[verb]?.(...args);
}

async function bodyOf(session: Session, spec: OperationCommand, texts: string[], options: Options): Promise<unknown> {
  if (fileOf(spec)) return bytesOf(texts.at(-1) as string, session);
  const data = options.data === undefined ? {} : await objectIn(options.data, session);
  const subjects = Object.fromEntries(subjectOf(spec).map(({ name }, at) => [name, texts[at]]));
  const body = { ...data, ...given(fieldsOf(spec), options), ...subjects };
  const isOptional = spec.body && 'fields' in spec.body && !spec.body.required;
  return isOptional && !Object.keys(body).length ? undefined : body;
}

async function objectIn(file: string, session: Session): Promise<object> {
  try {
    const value: unknown = JSON.parse(await textOf(file, session));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw misuse('--data wants a file with one JSON object.');
}

async function write({ out, note }: Session, bytes: Uint8Array, file: string | undefined): Promise<void> {
  if (file === undefined) return out.bytes(bytes);
  await writeFile(file, bytes).catch((error: Error) => {
    throw misuse(`${file} cannot be written: ${error.message}`);
  });
  note(`${out.paint('green', '✓')} ${plain(file)}`);
}

/** The answer has no body: what was done is said by the words that asked for it. */
function told({ show, out }: Session, { verb, path }: OperationCommand, texts: string[]): void {
  const done = verb === 'delete' ? 'removed' : `${kebab(verb).replace(/e$/, '')}ed`;
  const subject = Object.fromEntries(path.map(({ name }, at) => [name, texts[at]]));
  show({ ...subject, [done]: true }, () => `${out.paint('green', '✓')} ${plain(texts.join(' '))} is ${done}`);
}

const fieldsOf = ({ body }: OperationCommand) => (body && 'fields' in body ? body.fields : []);
const fileOf = ({ body }: OperationCommand) => (body && 'file' in body ? body.file : undefined);
const isBytes = ({ gives }: OperationCommand) => 'mediaType' in gives && gives.mediaType !== undefined && !gives.model;

/** The one thing that a request cannot do without is an argument rather than an option. */
function subjectOf(spec: OperationCommand): Field[] {
  const required = fieldsOf(spec).filter((field) => field.required);
  return required.length === 1 ? required.filter(({ kind, many }) => kind === 'text' && !many) : [];
}

function argumentWords({ name, prefix, description }: Field): string {
  if (name === 'domain_id') return 'the domain, by its name or id';
  return lowerFirst(plainWords(description)) || (prefix ? `its id, ${prefix}…` : '');
}

const argumentName = ({ name }: Field) => name.replace(/_id$/, '').replaceAll('_', '-');

const lowerFirst = (text: string) => (/^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text);

const SAMPLES: Record<string, string> = {
  address: 'ada@example.com',
  url: 'https://acme.example/hooks',
  domain_id: 'acme.example',
  key: 'order-4711',
};

function exampleOf(group: string, name: string, spec: OperationCommand): string {
  const sample = (field: Field) =>
    SAMPLES[field.name] ?? (field.prefix ? `${field.prefix}01k9…` : group === 'domains' ? 'acme.example' : 'nightly');
  const words = [...spec.path, ...subjectOf(spec)].map(sample);
  if (isBytes(spec))
    words.push(
      '>',
      spec.gives && 'mediaType' in spec.gives && spec.gives.mediaType === 'text/csv' ? 'file.csv' : 'file.eml',
    );
  return ['koltrix', group, name, ...words, ...(fileOf(spec) ? ['file.csv'] : [])].join(' ');
}
