import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rows } from '../support/database.ts';
import { doors } from '../support/doors.ts';
import { holdTable } from '../support/held-table.ts';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { givenServer, type Server } from '../support/server.ts';
import { until } from '../support/until.ts';

let koltrix: Installation;
let processes: Server[];
beforeAll(async () => {
  koltrix = await givenKoltrix();
  const { database } = koltrix;
  processes = await Promise.all([givenServer({ roles: 'api', database }), givenServer({ roles: 'api', database })]);
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
  await koltrix[Symbol.asyncDispose]();
});

const email = { from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Once', body_text: 'Only once' };

interface Answer {
  status: number;
  replayed: boolean;
  retry_after: string | null;
  body: { id?: string; code?: string };
}

async function send(url: string, apiKey: string, key: string, body: object = email): Promise<Answer> {
  const response = await fetch(`${url}/api/v2/emails`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    replayed: response.headers.has('idempotent-replayed'),
    retry_after: response.headers.get('retry-after'),
    body: (await response.json()) as Answer['body'],
  };
}

/** One execution; every other answer is its replay or says that it is still running. */
function expectOneExecution(answers: Answer[]): void {
  const executed = answers.filter(({ status, replayed }) => status === 202 && !replayed);
  expect(executed).toHaveLength(1);
  for (const { status, body, retry_after } of answers) {
    if (status === 202) expect(body).toEqual(executed[0]?.body);
    else expect({ status, code: body.code, retry_after }).toEqual(IN_PROGRESS);
  }
}
const IN_PROGRESS = { status: 409, code: 'idempotency-key-in-progress', retry_after: '1' };

const countOf = async (subject: string) =>
  (await rows(koltrix.database.db, 'select from emails where subject = $1', [subject])).length;

test('fifty requests at once under one key are one email', async () => {
  const acme = await koltrix.tenant();
  const body = { ...email, subject: `Fifty at once ${randomUUID()}` };
  expectOneExecution(await Promise.all(Array.from({ length: 50 }, () => send(koltrix.url, acme.key, 'k', body))));
  expect(await countOf(body.subject)).toBe(1);
});

test('ten calls of the SDK at once under one key all come home with the same email', async () => {
  const acme = await koltrix.tenant();
  const calls = Array.from({ length: 10 }, () => acme.koltrix.emails.send(email, { idempotencyKey: 'k' }));
  const ids = new Set((await Promise.all(calls)).map(({ id }) => id));
  expect(ids.size).toBe(1);
  expect(await Array.fromAsync(acme.koltrix.emails.list())).toHaveLength(1);
});

describe('two processes on one database', () => {
  test('execute a request once between them, round after round', async () => {
    const key = processes[0]?.key as string;
    const series = randomUUID();
    for (let round = 0; round < 8; round++) {
      const body = { ...email, subject: `Round ${series} ${round}` };
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          send(processes[i % 2]?.url as string, key, `round-${series}-${round}`, body),
        ),
      );
      expectOneExecution(answers);
      expect(await countOf(body.subject)).toBe(1);
    }
  });

  test('let one of two different requests under one key win', async () => {
    const key = processes[0]?.key as string;
    const series = randomUUID();
    for (let round = 0; round < 8; round++) {
      const answers = await Promise.all(
        processes.map(({ url }, i) =>
          send(url, key, `duel-${series}-${round}`, { ...email, subject: `Duel ${series} ${round}.${i}` }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 422]);
      expect((await countOf(`Duel ${series} ${round}.0`)) + (await countOf(`Duel ${series} ${round}.1`))).toBe(1);
    }
  });

  test('create one API key under one idempotency key', async () => {
    const requests = Array.from({ length: 20 }, async (_, i) => {
      const { url, key } = processes[i % 2] as Server;
      const response = await fetch(`${url}/api/v2/api-keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'a key' },
        body: JSON.stringify({ name: 'raced', scope: 'read' }),
      });
      return { status: response.status, text: await response.text() };
    });
    const malformed = await Promise.all(requests);
    expect(new Set(malformed.map(({ status }) => status))).toEqual(new Set([400]));
    const { koltrix: first } = processes[0] as Server;
    const { koltrix: second } = processes[1] as Server;
    const calls = Array.from({ length: 8 }, (_, i) =>
      (i % 2 ? first : second).apiKeys.create({ name: 'raced', scope: 'read' }, { idempotencyKey: 'raced' }),
    );
    expect(new Set((await Promise.all(calls)).map(({ key }) => key)).size).toBe(1);
    const named = (await Array.fromAsync(first.apiKeys.list())).filter(({ name }) => name === 'raced');
    expect(named).toHaveLength(1);
  });
});

describe('while the first request is still running', () => {
  test.each(doors)('a second one is told to come back, where the first came by $name', async ({ submit }) => {
    const acme = await koltrix.tenant();
    const mail = { to: ['ada@example.test'], idempotencyKey: 'slow' };
    await using held = await holdTable(koltrix.database, 'emails');
    const first = submit(acme, mail);
    const record = await until(() => acme.koltrix.idempotencyKeys.get('slow'));
    expect(record).toEqual({
      key: 'slow',
      state: 'in_progress',
      operation: null,
      status: null,
      email_id: null,
      email_ids: [],
      created_at: null,
      expires_at: null,
    });
    expect(await send(koltrix.url, acme.key, 'slow')).toMatchObject({ status: 409, retry_after: '1' });
    await held.release();
    const id = await first;
    expect(await submit(acme, mail)).toBe(id);
    expect(await acme.koltrix.idempotencyKeys.get('slow')).toMatchObject({ state: 'completed', email_id: id });
  });
});
