import type { ProblemCode } from '../../generated/types.gen.ts';
import { meaning } from '../problem.ts';
import type { Operation } from './contract.ts';

const codes = Object.keys(meaning) as ProblemCode[];

/** Codes that need something of the operation beside their status. */
const only: { [Code in ProblemCode]?: (operation: Operation) => boolean } = {
  'invalid-idempotency-key': takesKey,
  'idempotency-key-in-progress': takesKey,
  'idempotency-key-reused': takesKey,
  'invalid-state': ({ errors }) =>
    errors.some(({ media }) => media?.examples.some(([name]) => name === 'invalid-state')),
  'domain-not-verified': submits,
  'too-many-recipients': submits,
};

/** The problem codes that an operation may answer with a status which it documents. */
export function codesOf(operation: Operation, status: string): ProblemCode[] {
  return codes.filter((code) => String(meaning[code].status) === status && (only[code]?.(operation) ?? true));
}

/** The operations that document a code. */
export function answeredBy(operations: Operation[], code: ProblemCode): Operation[] {
  const status = String(meaning[code].status);
  return operations.filter(
    (operation) =>
      operation.errors.some((answer) => answer.status === status) && codesOf(operation, status).includes(code),
  );
}

function takesKey({ parameters }: Operation): boolean {
  return parameters.some(({ name }) => name === 'Idempotency-Key');
}

/** Submitting mail is what the scope `send` is for; of its operations, those with a body bring mail. */
function submits({ scope, body }: Operation): boolean {
  return scope === 'send' && body !== undefined;
}
