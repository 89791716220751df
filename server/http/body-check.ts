import { createRequestAjv } from 'express-openapi-validator/dist/framework/ajv/index.js';

/** Whether a body obeys its schema; what it leaves out it gets by default. */
export type BodyCheck = (body: unknown) => boolean;

/**
 * This is the library's own schema compiler, with the options that the library gives it, but without the steps around it,
 * which only serve parameters and the wording of faults: they cost more than the look at the body itself. `schema` speaks
 * of the document's components.
 */
export function bodyCheck(
  { openapi, components }: { openapi: string; components: object },
  schema: object,
  formats: object,
): BodyCheck {
  const ajv = createRequestAjv({ openapi } as never, {
    strict: false,
    strictNumbers: true,
    strictTuples: true,
    validateSchema: false,
    useDefaults: true,
    validateFormats: true,
    serDesMap: {},
    ajvFormats: { mode: 'fast' },
    formats: formats as never,
  });
  return ajv.compile({ ...schema, components });
}
