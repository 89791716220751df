/** What of a bundled contract is compared. Everything may be missing: released ones were written by older rules. */
export interface Contract {
  info: { version: string };
  servers?: { url: string }[];
  security?: object[];
  paths: Record<string, Record<string, RawOperation>>;
  webhooks?: Record<string, Record<string, RawOperation>>;
  components?: Components;
}

export interface Components {
  schemas?: Record<string, Schema>;
  parameters?: Record<string, Parameter>;
  responses?: Record<string, Answer>;
  headers?: Record<string, Header>;
}

export interface RawOperation {
  operationId?: string;
  tags?: string[];
  'x-scope'?: string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { $ref?: string; required?: boolean; content?: Content };
  responses?: Record<string, Answer>;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  style?: string;
  explode?: boolean;
  schema?: Schema;
}

export interface Answer {
  $ref?: string;
  headers?: Record<string, Header>;
  content?: Content;
}

export interface Header {
  $ref?: string;
  schema?: Schema;
}

export type Content = Record<string, { schema?: Schema }>;

/** JSON Schema 2020-12, as far as the contract uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  uniqueItems?: boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
}

/** What a reference of this document stands for; the value itself when it is none. */
export function resolve<T extends { $ref?: string }>(contract: Contract, value: T): T {
  if (value.$ref === undefined) return value;
  let target: unknown = contract;
  for (const step of value.$ref.replace(/^#\//, '').split('/'))
    target = (target as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  if (target === undefined) throw new Error(`${value.$ref} leads nowhere`);
  return resolve(contract, target as T);
}
