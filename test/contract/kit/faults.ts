import type { Answered, Fault, Forward, Seen } from '../../support/faulty-proxy.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are changed wherever it hurts.
type Json = any;

/** Which requests a fault concerns. */
type Where = (seen: Seen) => boolean;

export const at =
  (method: string, path: RegExp): Where =>
  (seen) =>
    seen.method === method && path.test(seen.path);

/** Lets everything pass but these. */
export const where =
  (concerned: Where, fault: Fault): Fault =>
  (seen, forward) =>
    concerned(seen) ? fault(seen, forward) : forward();

/** Changes the JSON of answers with one of these statuses. */
export const edited =
  (concerned: Where, edit: (body: Json) => void, statuses = [200, 201, 202]): Fault =>
  async (seen, forward) => {
    const answer = await forward();
    if (!concerned(seen) || !statuses.includes(answer.status)) return answer;
    return withJson(answer, edit);
  };

export function withJson(answer: Answered, edit: (body: Json) => void): Answered {
  const body: Json = JSON.parse(Buffer.from(answer.body, 'latin1').toString());
  edit(body);
  return { ...answer, body: Buffer.from(JSON.stringify(body)).toString('latin1') };
}

/** Changes the head of answers. */
export const headed =
  (concerned: (seen: Seen, answer: Answered) => boolean, edit: (answer: Answered) => Partial<Answered>): Fault =>
  async (seen, forward) => {
    const answer = await forward();
    return concerned(seen, answer) ? { ...answer, ...edit(answer) } : answer;
  };

export function without(headers: Record<string, string>, name: string): Record<string, string> {
  const { [name]: _, ...rest } = headers;
  return rest;
}

/** A problem as the server would tell it, made of one that it has told. */
export async function refused(
  seen: Seen,
  forward: Forward,
  status: number,
  code: string,
  retryable = false,
): Promise<Answered> {
  const answer = await forward({ path: '/nowhere' });
  return withJson({ ...answer, status }, (body) =>
    Object.assign(body, { status, code, instance: `/api/v2${seen.path}`, type: `/problems/${code}`, retryable }),
  );
}

export const codeOf = (answer: Answered): string | undefined =>
  answer.status >= 400 ? (JSON.parse(answer.body) as Json).code : undefined;

/** Tells the second request with the same key from the first. */
export function repeats(): Where {
  const seen = new Set<string>();
  return ({ headers, body }) => {
    const name = `${headers['idempotency-key']?.replaceAll('"', '')} ${body}`;
    const isRepeat = headers['idempotency-key'] !== undefined && seen.has(name);
    seen.add(name);
    return isRepeat;
  };
}
