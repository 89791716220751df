import { APIError } from 'koltrix';

/** How a door refused: the problem's code over HTTP, the reply's codes over SMTP. Throws when it did not refuse. */
export async function refused(submission: Promise<unknown>): Promise<string> {
  const error = await submission.then(
    (answer) => {
      throw new Error(`accepted: ${JSON.stringify(answer)}`);
    },
    (reason: unknown) => reason,
  );
  if (error instanceof APIError) return error.code;
  const reply = /^\d{3} \d\.\d\.\d+/.exec((error as { response?: string }).response ?? '')?.[0];
  if (reply) return reply;
  throw error;
}
