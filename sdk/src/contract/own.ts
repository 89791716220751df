import contract from '../generated/openapi.gen.json' with { type: 'json' };

/** The contract of this version; imported statically, since the bundler cannot follow an import of JSON made at run time. */
export const ownContract: unknown = contract;
