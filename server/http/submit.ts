import type { Submission } from '../accept/index.ts';
import type { Context } from './handler.ts';

/** Hands a submission to the pipeline and notes whether the answer is a replay. */
export async function submit<Reply>(context: Context, submission: Submission): Promise<Reply> {
  const { replayed, status, body } = await context.deps.accept(submission);
  context.replayed = replayed;
  return { status, body } as Reply;
}
