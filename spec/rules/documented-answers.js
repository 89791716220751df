/** What every operation may answer, and what a part of the request brings with it. */
const ALWAYS = ['401', '403', '429', '500', '503'];

export default function documentedAnswers(operation, _options, { path }) {
  const parameters = operation.parameters ?? [];
  const expected = [...ALWAYS];
  if (parameters.length || operation.requestBody) expected.push('400');
  if (parameters.some((p) => p.in === 'path')) expected.push('404');
  if (operation.requestBody) expected.push('413', '415');
  if (parameters.some((p) => p.name === 'Idempotency-Key')) expected.push('409', '422');
  const documented = Object.keys(operation.responses ?? {});
  const faults = expected
    .filter((status) => !documented.includes(status))
    .map((status) => ({ message: `must document ${status}`, path: [...path, 'responses'] }));
  const successes = documented.filter((status) => status.startsWith('2'));
  if (successes.length !== 1) faults.push({ message: 'must document exactly one 2xx', path: [...path, 'responses'] });
  return faults;
}
