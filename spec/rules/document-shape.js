import { oas } from '@stoplight/spectral-rulesets';

/** The base set's own check of the document's structure, applied after the files are joined. */
export default oas.rules['oas3-schema'].then.function;
