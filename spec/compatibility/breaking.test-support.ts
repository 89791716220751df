import type { Kind } from './change.ts';
import type { Contract, Schema } from './document.ts';
import {
  accepted,
  account,
  add,
  answered,
  change,
  drop,
  email,
  fields,
  remove,
  schema,
  send,
  string,
} from './sample.test-support.ts';

type Row = [what: string, kind: Kind, place: string, edit: (draft: Contract) => void];

const limit = (d: Contract) => send(d).parameters?.[1];

const ofOperations: Row[] = [
  ['the base path changes', 'base-path-changed', '/api/v2', change((d) => d.servers?.[0], { url: '/api/v3' })],
  ['an operation is removed', 'operation-removed', 'POST /emails', remove((d) => d.paths['/emails'] ?? {}, 'post')],
  ['a path is removed', 'operation-removed', 'GET /account', remove((d) => d.paths, '/account')],
  ['an operation is renamed', 'operation-renamed', 'POST /emails', change(send, { operationId: 'mail' })],
  ['an operation changes its tag', 'operation-renamed', 'POST /emails', change(send, { tags: ['mail'] })],
  ['a scope is narrowed', 'scope-narrowed', 'POST /emails', change(send, { 'x-scope': 'full' })],
  ['a scope is another', 'scope-narrowed', 'POST /emails', change(send, { 'x-scope': 'read' })],
  ['what every key might do wants a scope', 'scope-narrowed', 'GET /account', change(account, { 'x-scope': 'read' })],
  ['what was open wants a key', 'key-required', 'GET /account', change(account, { security: [{ api_key: [] }] })],
  ['a body is no longer taken', 'body-removed', 'POST /emails', remove(send, 'requestBody')],
  ['a body becomes required', 'body-required', 'POST /emails', change((d) => send(d).requestBody, { required: true })],
  [
    'a request is of another media type',
    'media-type-removed',
    'POST /emails · body',
    change((d) => send(d).requestBody, { content: { 'text/plain': {} } }),
  ],
  [
    'an answer is no longer documented',
    'answer-removed',
    'POST /emails · 409',
    remove((d) => send(d).responses ?? {}, '409'),
  ],
  ['a header of an answer is removed', 'header-removed', 'POST /emails · 202', change(accepted, { headers: {} })],
  ['an answer is of another media type', 'media-type-removed', 'POST /emails · 202', change(accepted, { content: {} })],
  ['an event is no longer sent', 'webhook-removed', 'email.sent', remove((d) => d.webhooks ?? {}, 'email.sent')],
  [
    'an event loses a header',
    'header-removed',
    'email.sent',
    drop((d) => d.webhooks?.['email.sent']?.post?.parameters, 0),
  ],
];

const ofParameters: Row[] = [
  [
    'an operation no longer takes an idempotency key',
    'idempotency-removed',
    'POST /emails · Idempotency-Key',
    drop((d) => send(d).parameters, 0),
  ],
  ['a parameter is removed', 'parameter-removed', 'POST /emails · limit', drop((d) => send(d).parameters, 1)],
  ['a parameter becomes required', 'parameter-required', 'POST /emails · limit', change(limit, { required: true })],
  [
    'a required parameter is added',
    'parameter-required',
    'POST /emails · page',
    add((d) => send(d).parameters, { name: 'page', in: 'query', required: true }),
  ],
  [
    'a parameter is written another way',
    'parameter-changed',
    'POST /emails · limit',
    change(limit, { explode: false }),
  ],
  [
    'a parameter’s limit is lowered',
    'constraint-tightened',
    'POST /emails · limit · request',
    change((d) => limit(d)?.schema, { maximum: 50 }),
  ],
  [
    'a parameter’s default changes',
    'default-changed',
    'POST /emails · limit · request',
    change((d) => limit(d)?.schema, { default: 10 }),
  ],
];

const field = (name: string, changes: Schema) => change((d) => fields(d)[name], changes);

const ofRequests: Row[] = [
  ['a property is removed', 'property-removed', 'Send.subject · request', remove(fields, 'subject')],
  [
    'a property becomes required',
    'property-required',
    'Send.subject · request',
    add((d) => schema(d, 'Send').required, 'subject'),
  ],
  [
    'a new property is required',
    'property-required',
    'Send.new · request',
    (d) => {
      fields(d).new = string;
      schema(d, 'Send').required?.push('new');
    },
  ],
  ['null is no longer taken', 'type-changed', 'Send.subject · request', field('subject', { type: 'string' })],
  ['whole numbers only are taken', 'type-changed', 'Send.size · request', field('size', { type: 'integer' })],
  ['a value of an enum is gone', 'value-removed', 'Kind · request', drop((d) => schema(d, 'Kind').enum, 1)],
  ['a free property takes some values only', 'value-removed', 'Send.track · request', field('track', { enum: [true] })],
  ['a text must be shorter', 'constraint-tightened', 'Send.subject · request', field('subject', { maxLength: 78 })],
  ['a text gets a least length', 'constraint-tightened', 'Send.subject · request', field('subject', { minLength: 1 })],
  ['a list must be longer', 'constraint-tightened', 'Send.to · request', field('to', { minItems: 2 })],
  ['a list must hold each once', 'constraint-tightened', 'Send.to · request', field('to', { uniqueItems: true })],
  [
    'an item of a list gets a format',
    'format-changed',
    'Send.to[] · request',
    field('to', { items: { type: 'string', format: 'mailbox' } }),
  ],
  [
    'a map’s values get shorter',
    'constraint-tightened',
    'Send.tags.* · request',
    field('tags', { additionalProperties: { type: 'string', maxLength: 8 } }),
  ],
  [
    'names in a map are restricted',
    'constraint-tightened',
    'Send.tags · request',
    field('tags', { propertyNames: { pattern: '^[a-z]' } }),
  ],
  ['an open object is closed', 'closed', 'Send.extra · request', field('extra', { additionalProperties: false })],
  [
    'certain forms only are taken',
    'variant-removed',
    'Send · request',
    change((d) => schema(d, 'Send'), { anyOf: [{ required: ['subject'] }] }),
  ],
];

const answer = (name: string, changes: Schema) => change((d) => answered(d)[name], changes);

const ofAnswers: Row[] = [
  ['a property no longer comes', 'property-removed', 'Email.at · answer', remove(answered, 'at')],
  ['a property may be missing', 'property-optional', 'Email.kind · answer', change(email, { required: ['reply'] })],
  ['a property can be null', 'type-changed', 'Email.at · answer', answer('at', { type: ['string', 'null'] })],
  ['a time is written another way', 'format-changed', 'Email.at · answer', answer('at', { format: 'date' })],
  ['an id looks different', 'format-changed', 'Id · answer', change((d) => schema(d, 'Id'), { pattern: '^e_' })],
  ['values are free', 'values-opened', 'Kind · answer', remove((d) => schema(d, 'Kind'), 'enum')],
  ['a value no longer comes', 'value-removed', 'Kind · answer', drop((d) => schema(d, 'Kind').enum, 1)],
  ['a form is gone', 'variant-removed', 'Email.reply · answer', answer('reply', { oneOf: [{ type: 'null' }] })],
  ['forms are free', 'values-opened', 'Email.reply · answer', remove((d) => answered(d).reply as Schema, 'oneOf')],
];

const within = (part: string, rows: Row[]) => rows.map(([what, ...rest]): Row => [`${part}: ${what}`, ...rest]);

/** Edits of the sample that break its callers, each with how it must be told. */
export const breaking: Row[] = [
  ...ofOperations,
  ...ofParameters,
  ...within('in a request', ofRequests),
  ...within('in an answer', ofAnswers),
];
