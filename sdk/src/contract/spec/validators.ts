import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { closed, hasProperties } from './closed.ts';
import { type Document, type Schema, step } from './document.ts';
import { formats } from './formats.ts';

export interface SchemaFault {
  /** JSON pointer into the value. */
  pointer: string;
  message: string;
  /** The value has something that the contract does not name. */
  undocumented: boolean;
}

export interface Validators {
  /** What is wrong with an answer's value, held against the schema at a place of the contract. */
  faultsOf(place: string, value: unknown): SchemaFault[];
  /** Whether a request may have this value. */
  accepts(schema: Schema, value: unknown): boolean;
}

const CLOSED = { unevaluatedProperties: false };

/** To compile the schemas takes as long as a short run; who holds one contract against much does it once. */
const made = new WeakMap<Document, Validators>();

export function validatorsFor(document: Document): Validators {
  const validators = made.get(document) ?? makeValidators(document);
  made.set(document, validators);
  return validators;
}

function makeValidators(document: Document): Validators {
  const answers = ajvFor(closed(document), { formats });
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  const requests = ajvFor(withoutMapping(document), { formats: { ...formats, 'date-time': rfc3339 } });
  const compiled = new Map<string, ValidateFunction>();
  const compile = (ajv: Ajv2020, name: string, schema: object) => {
    const known = compiled.get(name) ?? ajv.compile(schema);
    compiled.set(name, known);
    return known;
  };
  return {
    faultsOf(place, value) {
      const schema = { $ref: `contract${place}`, ...(hasProperties(document, { $ref: place }) && CLOSED) };
      const validate = compile(answers, place, schema);
      return validate(value) ? [] : told(validate.errors ?? []);
    },
    accepts(schema, value) {
      const text = JSON.stringify(schema);
      const absolute = JSON.parse(text.replaceAll('"$ref":"#', '"$ref":"contract#')) as object;
      return compile(requests, text, absolute)(value) as boolean;
    },
  };
}

function ajvFor(document: Document, options: object): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: true, logger: false, ...options });
  ajv.addSchema(document, 'contract');
  return ajv;
}

/** Ajv refuses OpenAPI's `mapping`, which says what the forms say by themselves. */
function withoutMapping(document: Document): Document {
  return JSON.parse(JSON.stringify(document), (name, value) => (name === 'mapping' ? undefined : value)) as Document;
}

/** Of a union the fault that says most; what merely follows from others is left out. */
function told(errors: ErrorObject[]): SchemaFault[] {
  const faults = new Map<string, SchemaFault>();
  const telling = errors.filter(({ keyword }) => !['oneOf', 'anyOf', 'if'].includes(keyword));
  for (const error of telling.length ? telling : errors) {
    if (follows(error, telling)) continue;
    const { instancePath, keyword, message = '', params } = error;
    const undocumented = isExtra(error);
    const pointer = undocumented
      ? `${instancePath}/${step(params.unevaluatedProperty ?? params.additionalProperty)}`
      : instancePath;
    const values = keyword === 'enum' ? `: ${JSON.stringify(params.allowedValues)}` : '';
    const said = undocumented ? 'is not in the contract' : `${message}${values}`;
    if (!faults.has(pointer)) faults.set(pointer, { pointer, message: said, undocumented });
  }
  return [...faults.values()];
}

const isExtra = ({ keyword }: ErrorObject) => keyword === 'unevaluatedProperties' || keyword === 'additionalProperties';

/** Where a member is broken, the whole counts as not evaluated, and every other form of a union as missed. */
function follows(error: ErrorObject, all: ErrorObject[]): boolean {
  if (!isExtra(error) && error.keyword !== 'type') return false;
  return all.some(
    (other) =>
      other.instancePath.startsWith(`${error.instancePath}/`) ||
      (isExtra(error) && !isExtra(other) && other.instancePath === error.instancePath),
  );
}
