import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type APIError, type Fault, isAPIError, Koltrix, type ProblemCode, type SendEmail } from '../src/index.ts';
import { API_KEY, accepted, hello, problem, rejectionOf } from './support.ts';

const BATCH = 'https://x.example/api/v2/emails/batch';

const network = setupServer();
beforeAll(() => network.listen({ onUnhandledFrame: 'error' }));
afterEach(() => network.resetHandlers());
afterAll(() => network.close());

interface Refused {
  code: ProblemCode;
  status: number;
  errors?: Fault[];
}

/** A server that answers each email's subject as its id, and refuses a batch as `judge` says. */
function listening(judge: (emails: SendEmail[], call: number) => Refused | undefined = () => undefined) {
  const batches: { subjects: string[]; key: string; size_bytes: number }[] = [];
  network.use(
    http.post(BATCH, async ({ request }) => {
      const text = await request.text();
      const { emails } = JSON.parse(text) as { emails: SendEmail[] };
      batches.push({
        subjects: emails.map(({ subject }) => subject),
        key: request.headers.get('idempotency-key') ?? '',
        size_bytes: Buffer.byteLength(text),
      });
      const refused = judge(emails, batches.length);
      if (refused) {
        const body = problem(refused.status, refused.code, { ...(refused.errors && { errors: refused.errors }) });
        return HttpResponse.json(body, {
          status: refused.status,
          headers: { 'content-type': 'application/problem+json' },
        });
      }
      return HttpResponse.json({ data: emails.map(({ subject }) => ({ ...accepted, id: subject })) }, { status: 202 });
    }),
  );
  const client = new Koltrix({ apiKey: API_KEY, baseUrl: 'https://x.example', maxRetries: 0 });
  return { client, batches };
}

const email = (subject: unknown): SendEmail => ({ ...hello, subject: String(subject) });
const emails = (count: number) => Array.from({ length: count }, (_, i) => email(i));
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

/** Refuses as the real server does: one fault for each bad email, with its place. */
const pointing =
  (bad: (subject: string) => boolean) =>
  (batch: SendEmail[]): Refused | undefined => {
    const errors = batch.flatMap(({ subject }, i) =>
      bad(subject) ? [{ pointer: `/emails/${i}/to/0`, detail: 'must be an email address' }] : [],
    );
    return errors.length ? { status: 400, code: 'invalid-request', errors } : undefined;
  };

/** Refuses without a word on whom. */
const silent =
  (bad: (subject: string) => boolean, code: ProblemCode, status: number) =>
  (batch: SendEmail[]): Refused | undefined =>
    batch.some(({ subject }) => bad(subject)) ? { status, code } : undefined;

describe('sendMany', () => {
  test('sends batches of 500, one after the other, and gives a result for each email in order', async () => {
    const { client, batches } = listening();
    const all = emails(1203);
    const results = await client.emails.sendMany(all);
    expect(batches.map(({ subjects }) => subjects.length)).toEqual([500, 500, 203]);
    expect(results.map(({ index, input, email }) => [index, input, email?.id])).toEqual(
      all.map((one, i) => [i, one, String(i)]),
    );
  });

  test('keeps each request below 25 MB', async () => {
    const { client, batches } = listening();
    const large = (i: number) => ({ ...email(i), body_text: 'ü'.repeat(2 * 2 ** 20) });
    const results = await client.emails.sendMany([0, 1, 2, 3, 4, 5, 6, 7].map(large));
    expect(batches.map(({ subjects }) => subjects)).toEqual([numbers(0, 6), numbers(6, 8)]);
    expect(Math.max(...batches.map(({ size_bytes }) => size_bytes))).toBeLessThan(25 * 2 ** 20);
    expect(results.every((result) => result.email)).toBe(true);
  });

  test('sends nothing for nothing', async () => {
    const { client, batches } = listening();
    expect(await client.emails.sendMany([])).toEqual([]);
    expect(batches).toEqual([]);
  });

  test('takes generators and streams, reads no further than a batch ahead, and gives results as they come', async () => {
    const { client, batches } = listening();
    let taken = 0;
    async function* endless() {
      for (;;) yield email(taken++);
    }
    let seen = 0;
    for await (const { email } of client.emails.sendMany(endless())) {
      expect(email?.id).toBe(String(seen));
      if (++seen === 700) break;
    }
    expect(batches).toHaveLength(2);
    expect(taken).toBe(1001);
  });

  test('closes the source when the loop is left', async () => {
    const { client } = listening();
    let isClosed = false;
    function* source() {
      try {
        for (let i = 0; ; i++) yield email(i);
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of client.emails.sendMany(source())) break;
    expect(isClosed).toBe(true);
  });

  test('gives the same results when it is awaited twice', async () => {
    const { client, batches } = listening();
    const sending = client.emails.sendMany(emails(3));
    expect(await sending).toBe(await sending);
    expect(batches).toHaveLength(1);
  });
});

describe('a bad email among many', () => {
  const isBad = (subject: string) => ['3', '7', '600'].includes(subject);

  test('fails alone, with its own faults, where the refusal points at it', async () => {
    const { client, batches } = listening(pointing(isBad));
    const results = await client.emails.sendMany(emails(700));
    expect(results.filter(({ error }) => error).map(({ index }) => String(index))).toEqual(['3', '7', '600']);
    expect(results.filter(({ email }) => email)).toHaveLength(697);
    const error = results[7]?.error as APIError;
    expect(isAPIError(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'InvalidRequestError',
      status: 400,
      errors: [{ pointer: '/to/0', detail: 'must be an email address' }],
      detail: '/to/0: must be an email address',
      request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma',
    });
    expect(batches.map(({ subjects }) => subjects.length)).toEqual([500, 498, 200, 199]);
  });

  test('fails alone where the refusal points at the first one only', async () => {
    const firstOnly = (batch: SendEmail[]) => {
      const refused = pointing(isBad)(batch);
      return refused && { ...refused, errors: refused.errors?.slice(0, 1) ?? [] };
    };
    const { client } = listening(firstOnly);
    const results = await client.emails.sendMany(emails(700));
    expect(results.filter(({ error }) => error).map(({ index }) => String(index))).toEqual(['3', '7', '600']);
  });

  test.each<[ProblemCode, number]>([
    ['domain-not-verified', 403],
    ['payload-too-large', 413],
    ['too-many-recipients', 422],
  ])('is found by halves where a %s names nobody', async (code, status) => {
    const { client, batches } = listening(silent(isBad, code, status));
    const results = await client.emails.sendMany(emails(40));
    expect(results.flatMap(({ index, error }) => (error ? [[index, (error as APIError).code]] : []))).toEqual([
      [3, code],
      [7, code],
    ]);
    const sent = batches.flatMap(({ subjects }) => (subjects.some(isBad) ? [] : subjects));
    expect(sent.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(0, 40).filter((one) => !isBad(one)));
  });

  test('has the verdict of its domain, which is asked for once', async () => {
    const unverified = /@(other|third)\.example>?$/i;
    const { client, batches } = listening((batch) => {
      const at = batch.findIndex(({ from }) => unverified.test(from));
      const errors = [{ pointer: `/emails/${at}/from`, detail: 'the domain is not among your verified domains' }];
      return at < 0 ? undefined : { status: 403, code: 'domain-not-verified', errors };
    });
    const senders = ['a@other.example', 'A <b@OTHER.example>', 'c@acme.example', 'd@third.example', 'e@other.example'];
    const results = await client.emails.sendMany(senders.map((from, i) => ({ ...email(i), from })));
    expect(results.map(({ email, error }) => email?.id ?? (error as APIError).errors[0]?.pointer)).toEqual([
      ...['/from', '/from', '2', '/from', '/from'],
    ]);
    expect(batches.map(({ subjects }) => subjects.length)).toEqual([5, 2, 1]);
  });

  test('that the renderer fails on has its error, and the others go', async () => {
    const { batches } = listening();
    const broken = new Error('no template');
    const client = new Koltrix({
      apiKey: API_KEY,
      baseUrl: 'https://x.example',
      render: (name: string) => (name === 'bad' ? Promise.reject(broken) : `<p>${name}</p>`),
    });
    const { body_text: _, ...rest } = hello;
    const results = await client.emails.sendMany(['a', 'bad', 'b'].map((body) => ({ ...rest, subject: body, body })));
    expect(results.map(({ email, error }) => email?.id ?? error)).toEqual(['a', broken, 'b']);
    expect(batches.map(({ subjects }) => subjects)).toEqual([['a', 'b']]);
  });

  test.each<[ProblemCode, number]>([
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['idempotency-key-reused', 422],
  ])('is not looked for where %s is about the whole request', async (code, status) => {
    const { client, batches } = listening(() => ({ code, status }));
    const results = await client.emails.sendMany(emails(501));
    expect(results.every(({ error }) => isAPIError(error) && error.code === code)).toBe(true);
    expect(batches.map(({ subjects }) => subjects.length)).toEqual([500, 1]);
  });

  test('may be every one of them', async () => {
    const { client, batches } = listening(pointing(() => true));
    const results = await client.emails.sendMany(emails(3));
    expect(results.map(({ error }) => (error as APIError).code)).toEqual(Array(3).fill('invalid-request'));
    expect(batches).toHaveLength(1);
  });

  test('is not looked for where the faults lie elsewhere, or beyond the batch', async () => {
    for (const pointer of ['Idempotency-Key:', '/emails/900/to', '']) {
      const errors = [{ pointer, detail: 'is wrong' }];
      const { client, batches } = listening(() => ({ code: 'invalid-request', status: 400, errors }));
      const results = await client.emails.sendMany(emails(4));
      expect(results.map(({ error }) => (error as APIError).errors)).toEqual([errors, errors, errors, errors]);
      expect(batches).toHaveLength(1);
    }
  });

  test('leaves the others their results when the connection breaks, and the rest of the batches is sent', async () => {
    const { client } = listening();
    let calls = 0;
    network.use(http.post(BATCH, () => (++calls === 1 ? HttpResponse.error() : undefined)));
    const results = await client.emails.sendMany(emails(600));
    expect(results.slice(0, 500).every(({ error }) => (error as Error)?.name === 'ConnectionError')).toBe(true);
    expect(results.slice(500).every(({ email }) => email)).toBe(true);
  });
});

describe('the idempotency keys of sendMany', () => {
  test('are random for each batch by default', async () => {
    const { client, batches } = listening();
    await client.emails.sendMany(emails(501));
    expect(new Set(batches.map(({ key }) => key)).size).toBe(2);
    expect(batches[0]?.key).toMatch(/^auto-/);
  });

  test('follow from yours, the same in every run', async () => {
    const { client, batches } = listening(silent((subject) => subject === '1', 'payload-too-large', 413));
    await client.emails.sendMany(emails(501), { idempotencyKey: 'news-42' });
    const first = batches.splice(0);
    await client.emails.sendMany(emails(501), { idempotencyKey: 'news-42' });
    expect(batches).toEqual(first);
    const taken = first.filter(({ subjects }) => !subjects.includes('1'));
    expect(new Set(taken.map(({ key }) => key)).size).toBe(taken.length);
    expect(taken.map(({ key }) => key)).toContain('news-42/2');
  });

  test('let a run in which nothing is refused any more meet the key of the part that was accepted', async () => {
    const { client, batches } = listening(pointing((subject) => subject === '1'));
    await client.emails.sendMany(emails(3), { idempotencyKey: 'news-42' });
    expect(batches).toMatchObject([
      { subjects: ['0', '1', '2'], key: 'news-42/1' },
      { subjects: ['0', '2'], key: 'news-42/1' },
    ]);
  });
});

describe('sendMany rejects', () => {
  test('when its source fails, after the results of what was sent', async () => {
    const { client } = listening();
    const broken = new Error('the database has gone');
    function* source() {
      yield* emails(501);
      throw broken;
    }
    const seen: number[] = [];
    const loop = async () => {
      for await (const { index } of client.emails.sendMany(source())) seen.push(index);
    };
    expect(await rejectionOf(loop())).toBe(broken);
    expect(seen).toHaveLength(500);
  });

  test.each([
    ['before it begins', 1500, 0],
    ['during the first of its requests', 1500, 1],
    ['during its only request', 3, 1],
  ])('with the reason of a signal that aborts %s', async (when, count, requests) => {
    const controller = new AbortController();
    const reason = new Error('the user has left');
    const { client, batches } = listening(() => void controller.abort(reason));
    if (when === 'before it begins') controller.abort(reason);
    const sending = client.emails.sendMany(emails(count), { signal: controller.signal });
    expect(await rejectionOf(Promise.resolve(sending))).toBe(reason);
    expect(batches).toHaveLength(requests);
  });
});
