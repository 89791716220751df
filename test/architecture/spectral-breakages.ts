/** A loose view of an OpenAPI document, for damaging it anywhere. */
interface Node {
  [key: string]: Node;
}

/** The paths that the breakages need; linting the others each time would only take longer. */
export const paths: readonly string[] = [
  '/account',
  '/api-keys',
  '/emails',
  '/emails/{email_id}',
  '/webhooks',
  '/webhooks/{webhook_id}/deliveries/{delivery_id}/retry',
];

interface Breakage {
  fault: string;
  /** The only rule that may find the fault. */
  rule: string;
  damage: (contract: Node) => void;
}

const at = (node: Node, ...keys: string[]): Node =>
  keys.reduce((inner, key) => {
    const next = inner[key];
    if (!next) throw new Error(`the contract has no ${keys.join('.')}`);
    return next;
  }, node);

const get = (contract: Node, path: string) => at(contract, 'paths', path, 'get');
const post = (contract: Node, path: string) => at(contract, 'paths', path, 'post');
const schema = (contract: Node, name: string) => at(contract, 'components', 'schemas', name);
const answer = (contract: Node, name: string) => at(contract, 'components', 'responses', name);
const success = (operation: Node, status: string) => at(operation, 'responses', status, 'content', 'application/json');
const request = (operation: Node) => at(operation, 'requestBody', 'content', 'application/json');

/** Sets a value of any type, also one that the document's structure does not allow. */
const set = (node: Node, key: string, value: unknown) => Object.assign(node, { [key]: value });
const list = (node: Node) => node as unknown as unknown[];
const drop = (node: Node, match: string) => {
  const items = list(node);
  items.splice(
    items.findIndex((item) => JSON.stringify(item).includes(match)),
    1,
  );
};

/** One broken document for each rule of `spec/.spectral.yaml`, and for each kind of fault that a rule finds. */
export const breakages: readonly Breakage[] = [
  {
    fault: 'an unknown word in the document',
    rule: 'koltrix-document-shape',
    damage: (c) => set(get(c, '/account'), 'sumary', 'Get the account'),
  },
  {
    fault: 'an error as application/json',
    rule: 'koltrix-problem-answers',
    damage: (c) => {
      const content = at(answer(c, 'NotFound'), 'content');
      set(content, 'application/json', content['application/problem+json']);
      delete content['application/problem+json'];
    },
  },
  {
    fault: 'an error with a schema of its own',
    rule: 'koltrix-problem-answers',
    damage: (c) => set(at(answer(c, 'NotFound'), 'content', 'application/problem+json'), 'schema', {}),
  },
  ...['400', '401', '403', '404', '429', '500', '503'].map((status) => ({
    fault: `an operation that does not document ${status}`,
    rule: 'koltrix-documented-answers',
    damage: (c: Node) => delete at(get(c, '/emails/{email_id}'), 'responses')[status],
  })),
  {
    fault: 'a body without 413',
    rule: 'koltrix-documented-answers',
    damage: (c) => delete at(post(c, '/emails'), 'responses')['413'],
  },
  {
    fault: 'an idempotency key without 422',
    rule: 'koltrix-documented-answers',
    damage: (c) => delete at(post(c, '/emails'), 'responses')['422'],
  },
  {
    fault: 'a property in camelCase',
    rule: 'koltrix-snake-case',
    damage: (c) => set(at(schema(c, 'SendEmail'), 'properties'), 'replyTo', { type: 'string' }),
  },
  {
    fault: 'a query parameter in kebab-case',
    rule: 'koltrix-snake-case',
    damage: (c) => set(at(get(c, '/emails'), 'parameters', '4'), 'name', 'created-after'),
  },
  {
    fault: 'a request without an example',
    rule: 'koltrix-examples-present',
    damage: (c) => delete request(post(c, '/emails')).examples,
  },
  {
    fault: 'an answer without an example',
    rule: 'koltrix-examples-present',
    damage: (c) => set(success(get(c, '/account'), '200'), 'examples', {}),
  },
  {
    fault: 'a webhook without an example',
    rule: 'koltrix-examples-present',
    damage: (c) => delete request(at(c, 'webhooks', 'email.sent', 'post')).examples,
  },
  {
    fault: 'a request example that its schema refuses',
    rule: 'oas3-valid-media-example',
    damage: (c) => set(at(request(post(c, '/emails')), 'examples', 'receipt', 'value'), 'bodytext', 'Hi'),
  },
  {
    fault: 'an answer example that its schema refuses',
    rule: 'oas3-valid-media-example',
    damage: (c) => set(at(success(get(c, '/account'), '200'), 'examples', 'success', 'value'), 'scope', 'admin'),
  },
  {
    fault: "a schema's example that the schema refuses",
    rule: 'koltrix-schema-examples',
    damage: (c) => set(schema(c, 'EmailId'), 'examples', ['em_1']),
  },
  {
    fault: 'a list without next_cursor',
    rule: 'koltrix-page-shape',
    damage: (c) => {
      set(schema(c, 'ApiKeyPage'), 'required', ['data']);
      delete at(schema(c, 'ApiKeyPage'), 'properties').next_cursor;
    },
  },
  {
    fault: 'a list without limit',
    rule: 'koltrix-page-shape',
    damage: (c) => drop(at(get(c, '/emails'), 'parameters'), 'parameters/Limit'),
  },
  {
    fault: 'a list without a cursor',
    rule: 'koltrix-page-shape',
    damage: (c) => drop(at(get(c, '/emails'), 'parameters'), 'parameters/Cursor'),
  },
  {
    fault: 'a creating POST without Idempotency-Key',
    rule: 'koltrix-idempotency-key',
    damage: (c) => drop(at(post(c, '/webhooks'), 'parameters'), 'parameters/IdempotencyKey'),
  },
  {
    fault: 'a creating POST whose replay is not announced',
    rule: 'koltrix-idempotency-key',
    damage: (c) => delete at(post(c, '/webhooks'), 'responses', '201', 'headers')['Idempotent-Replayed'],
  },
  {
    fault: 'an exception from Idempotency-Key that is not used',
    rule: 'koltrix-idempotency-key',
    damage: (c) => {
      const responses = at(post(c, '/webhooks/{webhook_id}/deliveries/{delivery_id}/retry'), 'responses');
      set(responses, '200', responses['202']);
      delete responses['202'];
    },
  },
  ...['email_get', 'fetchEmail', 'Getemail'].map((id) => ({
    fault: `the operationId ${id}`,
    rule: 'koltrix-operation-id',
    damage: (c: Node) => set(get(c, '/emails/{email_id}'), 'operationId', id),
  })),
  {
    fault: 'the same operationId twice',
    rule: 'operation-operationId-unique',
    damage: (c) => set(get(c, '/emails/{email_id}'), 'operationId', 'getAccount'),
  },
  {
    fault: 'a webhook operationId in another style',
    rule: 'koltrix-webhook-operation-id',
    damage: (c) => set(at(c, 'webhooks', 'email.sent', 'post'), 'operationId', 'emailSent'),
  },
  ...['summary', 'x-scope'].map((key) => ({
    fault: `an operation without ${key}`,
    rule: 'koltrix-operation-complete',
    damage: (c: Node) => delete get(c, '/account')[key],
  })),
  {
    fault: 'an operation with an unknown scope',
    rule: 'koltrix-operation-complete',
    damage: (c) => set(get(c, '/account'), 'x-scope', 'admin'),
  },
  {
    fault: 'a request body written inline',
    rule: 'koltrix-named-schemas',
    damage: (c) => set(request(post(c, '/emails')), 'schema', { type: 'object' }),
  },
  {
    fault: 'an answer written inline',
    rule: 'koltrix-named-schemas',
    damage: (c) => set(success(get(c, '/account'), '200'), 'schema', { type: 'object' }),
  },
  {
    fault: "an array's item written inline",
    rule: 'koltrix-named-schemas',
    damage: (c) =>
      set(at(schema(c, 'EmailSummary'), 'properties'), 'extras', { type: 'array', items: { type: 'object' } }),
  },
  {
    fault: 'a structure written inline in a property',
    rule: 'koltrix-named-schemas',
    damage: (c) =>
      set(at(schema(c, 'EmailSummary'), 'properties'), 'extra', {
        type: 'object',
        properties: { size: { type: 'integer' } },
      }),
  },
  {
    fault: 'an event type without a webhook',
    rule: 'koltrix-event-webhooks',
    damage: (c) => delete at(c, 'webhooks')['email.sent'],
  },
  {
    fault: 'a webhook of no event type',
    rule: 'koltrix-event-webhooks',
    damage: (c) => set(at(c, 'components', 'schemas', 'EventType', 'enum'), '2', 'email.sended'),
  },
  {
    fault: 'an answer without X-Request-Id',
    rule: 'koltrix-answer-headers',
    damage: (c) => delete at(answer(c, 'InternalError'), 'headers')['X-Request-Id'],
  },
  {
    fault: 'an answer without RateLimit',
    rule: 'koltrix-answer-headers',
    damage: (c) => delete at(get(c, '/account'), 'responses', '200', 'headers').RateLimit,
  },
  {
    fault: 'an answer without any header',
    rule: 'koltrix-answer-headers',
    damage: (c) => delete at(get(c, '/account'), 'responses', '200').headers,
  },
  {
    fault: 'a 503 without Retry-After',
    rule: 'koltrix-retry-after',
    damage: (c) => delete at(answer(c, 'Unavailable'), 'headers')['Retry-After'],
  },
  {
    fault: 'a 401 without WWW-Authenticate',
    rule: 'koltrix-authenticate-header',
    damage: (c) => delete at(answer(c, 'Unauthenticated'), 'headers')['WWW-Authenticate'],
  },
];
