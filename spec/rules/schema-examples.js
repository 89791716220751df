import { schema as validate } from '@stoplight/spectral-functions';

/** Formats of the house (mailbox, address, …) are unknown to this validator and so are not looked at. */
export default function schemaExamples(target, _options, context) {
  return target.examples.flatMap(
    (example, i) =>
      validate(
        example,
        { schema: target, dialect: 'draft2020-12' },
        { ...context, path: [...context.path, 'examples', i] },
      ) ?? [],
  );
}
