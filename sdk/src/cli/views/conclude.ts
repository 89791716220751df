import type { Domain, SuppressionImport } from '../../index.ts';
import { Failure } from '../failure.ts';

/** Answers that are no success though nothing was refused; the output has said why. */
const isNotSo: Record<string, (answer: never) => boolean> = {
  'domains.verify': ({ status }: Domain) => status !== 'verified',
  'suppressions.import': ({ failed }: SuppressionImport) => failed > 0,
};

/** Ends the command with 1 where what was asked for is not so. */
export function conclude(operation: string, answer: unknown): void {
  if (isNotSo[operation]?.(answer as never)) throw new Failure('');
}
