import type { Answer, Contract, Parameter, RawOperation, Schema } from './document.ts';

export const string: Schema = { type: 'string' };

/** A contract with one of each. */
export function contract(): Contract {
  const key: Parameter = { name: 'Idempotency-Key', in: 'header', schema: string };
  const limit: Parameter = { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100, default: 25 } };
  const schemas: Record<string, Schema> = {
    Kind: { type: 'string', enum: ['to', 'cc'] },
    Id: { type: 'string', pattern: '^em_' },
    Send: {
      type: 'object',
      additionalProperties: false,
      required: ['to'],
      properties: {
        to: { type: 'array', minItems: 1, maxItems: 50, items: string },
        kind: { $ref: '#/components/schemas/Kind' },
        subject: { type: ['string', 'null'], maxLength: 998 },
        size: { type: 'number' },
        tags: { type: 'object', additionalProperties: { type: 'string', maxLength: 9 } },
        extra: { type: 'object' },
        track: { type: 'boolean', default: false },
      },
    },
    Base: { type: 'object', required: ['id'], properties: { id: { $ref: '#/components/schemas/Id' } } },
    Email: {
      allOf: [
        { $ref: '#/components/schemas/Base' },
        {
          type: 'object',
          required: ['kind', 'reply'],
          properties: {
            kind: { $ref: '#/components/schemas/Kind' },
            at: { type: 'string', format: 'date-time' },
            reply: { oneOf: [{ $ref: '#/components/schemas/Base' }, { type: 'null' }] },
            parent: { $ref: '#/components/schemas/Email' },
          },
        },
      ],
    },
  };
  const answer: Answer = {
    headers: { 'X-Request-Id': { schema: string } },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Email' } } },
  };
  const send: RawOperation = {
    operationId: 'sendEmail',
    tags: ['emails'],
    'x-scope': 'send',
    parameters: [key, limit],
    requestBody: {
      required: false,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Send' } } },
    },
    responses: { '202': answer, '409': {} },
  };
  const account: RawOperation = { operationId: 'getAccount', tags: ['account'], 'x-scope': 'any', security: [] };
  const onSent: RawOperation = {
    operationId: 'onSent',
    parameters: [{ name: 'webhook-id', in: 'header', schema: string }],
    requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Email' } } } },
  };
  return {
    info: { version: '0.1.0' },
    servers: [{ url: '/api/v2' }],
    security: [{ api_key: [] }],
    paths: { '/emails': { post: send }, '/account': { get: account } },
    webhooks: { 'email.sent': { post: onSent } },
    components: { schemas },
  };
}

type Edit = (draft: Contract) => void;

export const send = (draft: Contract) => draft.paths['/emails']?.post as RawOperation;
export const account = (draft: Contract) => draft.paths['/account']?.get as RawOperation;
export const accepted = (draft: Contract) => send(draft).responses?.['202'] as Answer;
export const schema = (draft: Contract, name: string) => draft.components?.schemas?.[name] as Schema;
export const fields = (draft: Contract) => schema(draft, 'Send').properties as Record<string, Schema>;
/** The part of an email that is not its base. */
export const email = (draft: Contract) => schema(draft, 'Email').allOf?.[1] as Schema;
export const answered = (draft: Contract) => email(draft).properties as Record<string, Schema>;

/** An edit that changes some properties of a part. */
export function change<T extends object>(part: (draft: Contract) => T | undefined, changes: Partial<T>): Edit {
  return (draft) => {
    const target = part(draft);
    if (!target) throw new Error('there is no such part');
    Object.assign(target, changes);
  };
}

/** An edit that removes a property of a part. */
export function remove<T extends object>(part: (draft: Contract) => T, name: keyof T): Edit {
  return (draft) => {
    delete part(draft)[name];
  };
}

/** An edit that adds items to a list. */
export function add<T>(list: (draft: Contract) => T[] | undefined, ...items: NoInfer<T>[]): Edit {
  return (draft) => {
    list(draft)?.push(...items);
  };
}

/** An edit that removes one item of a list. */
export function drop<T>(list: (draft: Contract) => T[] | undefined, index: number): Edit {
  return (draft) => {
    list(draft)?.splice(index, 1);
  };
}
