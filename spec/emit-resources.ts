import type { Bundle, Operation } from './operations.ts';

/** What the events of a `text/event-stream` answer hold; a media type without structure cannot say it itself. */
const STREAM_ITEM = 'Event';

const pascal = (name: string) =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
const camel = (name: string) => name.charAt(0).toLowerCase() + pascal(name).slice(1);
const singular = (noun: string) => noun.replace(/ies$/, 'y').replace(/s$/, '');

/** The SDK's resources and verbs: one class a tag, one method an operation. */
export function emitResources(contract: Bundle, operations: Operation[]): string {
  const tags = [...new Set(operations.map((o) => o.tag))];
  const of = (tag: string) => operations.filter((o) => o.tag === tag);
  const parts = [
    ...operations.filter(hasQuery).map(queryType),
    ...tags.map((tag) => resource(contract, tag, of(tag))),
    base(tags),
  ];
  const body = parts.join('\n\n');
  return `// Generated from spec/ by \`npm run generate\`. Do not edit.
${imports(contract, body)}

${body}
`;
}

/**
 * The names that the package gives away, as types. The resources are named anew: of a class itself the bundled
 * declarations would say that it can be imported as a value.
 */
export function emitPublicTypes(contract: Bundle, operations: Operation[]): string {
  const resources = [...new Set(operations.map(({ tag }) => `${pascal(tag)}Resource`))].toSorted();
  return `// Generated from spec/ by \`npm run generate\`. Do not edit.
import type {
${names(resources.map((name) => `${name} as ${name}Class`))}
} from './resources.gen.ts';

export type {
${names(operations.filter(hasQuery).map(queryName))}
} from './resources.gen.ts';
export type {
${names(Object.keys(contract.components.schemas))}
} from './types.gen.ts';

${resources.map((name) => `export type ${name} = ${name}Class;`).join('\n')}
`;
}

const hasQuery = (o: Operation) => o.queryParameters.length > 0;
const queryName = (o: Operation) => `${pascal(o.id)}Query`;
const queryType = (o: Operation) => `export type ${queryName(o)} = NonNullable<${pascal(o.id)}Data['query']>;`;
const names = (list: string[]) =>
  list
    .toSorted()
    .map((name) => `  ${name},`)
    .join('\n');

/**
 * The operationId without its tag's noun: `rotateWebhookSecret` of `webhooks` is `webhooks.rotateSecret`. The first word
 * is the verb and always stays.
 */
export function verbOf({ id, tag }: Operation): string {
  const [verb = '', ...words] = id.split(/(?=[A-Z])/);
  const rest = words.join('');
  for (const noun of [pascal(tag), singular(pascal(tag))]) {
    const at = rest.search(new RegExp(`${noun}(?![a-z])`));
    if (at >= 0) return verb + rest.slice(0, at) + rest.slice(at + noun.length);
  }
  return id;
}

function resource(contract: Bundle, tag: string, operations: Operation[]): string {
  const verbs = operations.map(verbOf);
  const twice = verbs.find((verb, at) => verbs.indexOf(verb) !== at);
  if (twice) throw new Error(`Two operations of the tag ${tag} would both be ${camel(tag)}.${twice}`);
  return `export class ${pascal(tag)}Resource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

${operations.map((o) => method(contract, o)).join('\n\n')}
}`;
}

/** The base of the client: a property for each tag. */
function base(tags: string[]): string {
  const fields = tags.map((tag) => `  readonly ${camel(tag)}: ${pascal(tag)}Resource;`);
  const values = tags.map((tag) => `    this.${camel(tag)} = new ${pascal(tag)}Resource(transport);`);
  return `export class Resources {
${fields.join('\n')}

  constructor(transport: Transport) {
${values.join('\n')}
  }
}`;
}

function method(contract: Bundle, o: Operation): string {
  return `${comment(o)}
  ${verbOf(o)}(${parameters(o)}): ${result(contract, o)} {
    return ${expression(contract, o)};
  }`;
}

const isStream = (o: Operation) => o.success.mediaType === 'text/event-stream';
const isRaw = (o: Operation) => o.requestBody !== undefined && o.requestBody.model === undefined;
const isBytes = (o: Operation) => o.success.mediaType !== undefined && o.success.model === undefined && !isStream(o);

/** Path parameters, body, query, options: in the order in which one thinks of them. */
function parameters(o: Operation): string {
  const options = isStream(o) ? 'StreamOptions' : o.takesIdempotencyKey ? 'KeyedRequestOptions' : 'RequestOptions';
  const list = o.pathParameters.map((name) => `${name}: string`);
  if (o.requestBody) list.push(`body${o.requestBody.required ? '' : '?'}: ${o.requestBody.model ?? 'RawMessage'}`);
  if (hasQuery(o)) list.push(`query: ${queryName(o)}${o.queryParameters.some((p) => p.required) ? '' : ' = {}'}`);
  return [...list, `options: ${options} = {}`].join(', ');
}

function result(contract: Bundle, o: Operation): string {
  if (isStream(o)) return `AsyncGenerator<${STREAM_ITEM}, void, undefined>`;
  const item = itemOf(contract, o);
  return item ? `PageReply<${item}>` : `Reply<${replied(o)}>`;
}

const replied = (o: Operation) => (isBytes(o) ? 'Uint8Array' : (o.success.model ?? 'void'));

function expression(contract: Bundle, o: Operation): string {
  const call = `{ ${[
    ...(o.method === 'get' ? [] : [`method: '${o.method.toUpperCase()}'`]),
    `path: ${path(o)}`,
    ...(hasQuery(o) ? ['query'] : []),
    ...(o.requestBody ? ['body'] : []),
    ...(isRaw(o) ? [`contentType: '${o.requestBody?.mediaType}'`] : []),
    ...(o.takesIdempotencyKey ? ['keyed: true'] : []),
    ...(isBytes(o) ? [`format: 'bytes'`] : []),
    'options',
  ].join(', ')} }`;
  if (isStream(o)) return `eventsOf(this.#transport, ${call})`;
  if (!itemOf(contract, o)) return `replyOf(this.#transport(${call}))`;
  const isByCursor = o.queryParameters.some((p) => p.name === 'cursor');
  return `pagesOf(this.#transport, ${call}${isByCursor ? '' : `, 'after'`})`;
}

/** What a page holds, when the answer is one: an object of `data` and `next_cursor`. */
export function itemOf(contract: Bundle, o: Operation): string | undefined {
  const schema = contract.components.schemas[o.success.model ?? ''] as PageSchema | undefined;
  return schema?.properties?.next_cursor && schema.properties.data?.items?.$ref?.split('/').at(-1);
}

interface PageSchema {
  properties?: { data?: { items?: { $ref?: string } }; next_cursor?: object };
}

function path(o: Operation): string {
  if (!o.pathParameters.length) return `'${o.path}'`;
  return `\`${o.path.replaceAll(/\{(\w+)\}/g, (_, name) => `\${segment(${name})}`)}\``;
}

function comment(o: Operation): string {
  const lines = [
    `${o.summary}.`,
    '',
    ...o.description.split('\n'),
    '',
    `\`${o.method.toUpperCase()} ${o.path}\`, for ${o.scope === 'any' ? 'any key' : `keys with the scope \`${o.scope}\``}.`,
  ];
  return `  /**\n${lines.map((line) => `   * ${line}`.trimEnd().replaceAll('*/', '*\\/')).join('\n')}\n   */`;
}

/** Imports no more than the classes use, so that the file compiles under the strictest settings. */
function imports(contract: Bundle, body: string): string {
  const code = body.replaceAll(/\/\*\*.*?\*\//gs, '');
  const isUsed = (name: string) => new RegExp(`\\b${name}\\b`).test(code);
  const line = (from: string, values: string[], types: string[]) => {
    const used = [
      ...values.filter(isUsed),
      ...types.filter(isUsed).map((name) => (values.length ? `type ${name}` : name)),
    ];
    return used.length ? [`import ${values.length ? '' : 'type '}{ ${used.join(', ')} } from '${from}';`] : [];
  };
  const queries = code.match(/\b\w+Data(?=\['query'\])/g) ?? [];
  return [
    ...line('../event-stream.ts', ['eventsOf'], []),
    ...line('../options.ts', [], ['KeyedRequestOptions', 'RawMessage', 'RequestOptions', 'StreamOptions']),
    ...line('../page.ts', ['pagesOf'], ['PageReply']),
    ...line('../reply.ts', ['replyOf'], ['Reply']),
    ...line('../transport.ts', [], ['Transport']),
    ...line('../url.ts', ['segment'], []),
    `import type {\n${names([...Object.keys(contract.components.schemas).filter(isUsed), ...queries])}\n} from './types.gen.ts';`,
  ].join('\n');
}
