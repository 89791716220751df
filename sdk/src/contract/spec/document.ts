/** The parts of an OpenAPI 3.1 document that the kit reads. */
export interface Document {
  info: { title?: string; version: string };
  servers?: { url: string }[];
  paths: Record<string, Record<string, RawOperation>>;
  components?: Record<string, Record<string, unknown>>;
}

export interface RawOperation {
  operationId: string;
  summary?: string;
  'x-scope'?: string;
  security?: object[];
  parameters?: (Parameter | Reference)[];
  requestBody?: RawBody | Reference;
  responses: Record<string, RawAnswer | Reference>;
}

export interface Reference {
  $ref: string;
}

export interface RawBody {
  required?: boolean;
  content: Record<string, Media>;
}

export interface RawAnswer {
  headers?: Record<string, Header | Reference>;
  content?: Record<string, Media>;
}

export interface Header {
  schema?: Schema;
}

export interface Media {
  schema?: Schema;
  examples?: Record<string, { value: unknown }>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  example?: unknown;
  schema?: Schema;
}

/** JSON Schema 2020-12, as far as requests are built from it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  examples?: unknown[];
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
  discriminator?: { propertyName: string; mapping?: object };
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

/** One step of a JSON pointer (RFC 6901). */
export const step = (name: string | number) => String(name).replaceAll('~', '~0').replaceAll('/', '~1');

/** The value at a JSON pointer of the document, `#/components/…`. */
export function lookUp(document: Document, $ref: string): unknown {
  let value: unknown = document;
  for (const name of $ref.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    value = (value as Record<string, unknown> | undefined)?.[name.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  if (value === undefined) throw new Error(`the contract has nothing at ${$ref}`);
  return value;
}

/** What a value stands for, and where that is written. */
export function resolve<T>(document: Document, value: T | Reference, place: string): { value: T; place: string } {
  const { $ref } = value as Partial<Reference>;
  if ($ref === undefined) return { value: value as T, place };
  return resolve(document, lookUp(document, $ref) as T | Reference, $ref);
}

/** The last part of a reference: the name of what it refers to. */
export const nameOf = ($ref: string | undefined) => $ref?.split('/').at(-1);
