import type { Problem } from 'koltrix';
import { expect } from 'vitest';
import { type ExpectedProblem, expectProblem } from './contract.ts';
import { footprint } from './footprint.ts';
import { givenKoltrix, type Installation } from './koltrix.ts';
import type { Tenant } from './tenant.ts';

/** A tenant of an installation that writes nothing of its own accord, whose bad requests are to leave no trace. */
export interface Careless extends AsyncDisposable {
  koltrix: Installation;
  acme: Tenant;
  /** Makes a request that must be refused, write nothing, and leave the next one unharmed. */
  refused(path: string, init: RequestInit & { key?: string }, expected: ExpectedProblem): Promise<Problem>;
  /** The same for a POST of JSON; text is sent as it is. */
  refusedJson(path: string, body: unknown, expected: ExpectedProblem): Promise<Problem>;
  /** A POST of JSON. */
  post(path: string, body: unknown): Promise<Response>;
}

export async function givenCareless(): Promise<Careless> {
  const koltrix = await givenKoltrix({ env: { KOLTRIX_ROLES: 'api' } });
  const acme = await koltrix.tenant();
  const asJson = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  });
  const refused: Careless['refused'] = async (path, init, expected) => {
    const before = await footprint(koltrix, acme.id);
    const problem = await expectProblem(await acme.fetch(path, init), expected);
    expect(await footprint(koltrix, acme.id)).toEqual(before);
    expect((await acme.fetch('/account')).status).toBe(200);
    return problem;
  };
  return {
    koltrix,
    acme,
    refused,
    refusedJson: (path, body, expected) => refused(path, asJson(body), expected),
    post: (path, body) => acme.fetch(path, asJson(body)),
    [Symbol.asyncDispose]: () => koltrix[Symbol.asyncDispose](),
  };
}

/** An email that is accepted as it stands. */
export const goodMail = {
  from: 'Acme <hello@acme.example>',
  to: ['ada@example.test'],
  subject: 'Hello',
  body_text: 'Hello there',
};

/** JSON of the good email with further members as they are to stand there, for what no object can say. */
export function mailWith(members: string): string {
  return `${JSON.stringify(goodMail).slice(0, -1)},${members}}`;
}
