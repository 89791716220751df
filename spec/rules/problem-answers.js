import { nameOf } from './origin.js';

const PROBLEM = 'application/problem+json';

export default function problemAnswers(responses, _options, { path, documentInventory }) {
  const faults = [];
  for (const [status, answer] of Object.entries(responses)) {
    if (!/^[45]/.test(status)) continue;
    const types = Object.keys(answer.content ?? {});
    if (types.length !== 1 || types[0] !== PROBLEM)
      faults.push({ message: `${status} must be ${PROBLEM} and nothing else`, path: [...path, status] });
    else if (nameOf(documentInventory, [...path, status, 'content', PROBLEM, 'schema']) !== 'Problem')
      faults.push({ message: `${status} must have the schema Problem`, path: [...path, status] });
  }
  return faults;
}
