import { bodiesOf } from './origin.js';

export default function examplesPresent(operation, _options, { path }) {
  const faults = [];
  for (const [type, media, at] of bodiesOf(operation, path)) {
    const values = Object.values(media.examples ?? {});
    if (values.length === 0 || values.some((example) => example?.value === undefined))
      faults.push({ message: `${type} must have examples, each with a value`, path: at });
  }
  return faults;
}
