import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Feedback } from '../store/captured-messages.sql.ts';
import { type FeedbackDeps, startFeedback } from './feedback.ts';
import { handOver, startTestInbox, type TestInbox } from './inbox.test-support.ts';

let world: TestInbox;
beforeAll(async () => {
  world = await startTestInbox();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.db.query({ name: 'test.no_captured', text: 'delete from captured_messages', values: [] });
});

interface Given {
  message_id: string;
  tenant_id: string;
  kind: Feedback;
  report: Buffer;
}

/** A worker whose answers are those of `answers`, then true; what it was asked to apply. */
function startRecording(answers: (boolean | Error)[] = []) {
  const given: Given[] = [];
  const apply: FeedbackDeps['apply'] = async (feedback) => {
    given.push(feedback);
    const answer = answers.shift() ?? true;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const worker = startFeedback({ ...world, apply });
  return { given, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

async function pending(): Promise<number> {
  const { rows } = await world.db.query<{ count: number }>({
    name: 'test.pending_feedback',
    text: 'select count(*)::int as count from captured_messages where feedback_due_at is not null',
    values: [],
  });
  return rows[0]?.count ?? -1;
}

const patience = { timeout: 30_000, interval: 50 };

test('a second after it was taken a message gets its complaint or its delivery report, once', async () => {
  const complained = await world.givenMessage();
  const bounced = await world.givenMessage();
  const delivered = await world.givenMessage();
  const started_ms = Date.now();
  await handOver(world.inbox, { to: 'Complained+1@simulator.test', envid: complained.id });
  await handOver(world.inbox, { to: 'async-bounced@simulator.test', envid: bounced.id });
  await handOver(world.inbox, { to: 'delivered@simulator.test', envid: delivered.id });
  await handOver(world.inbox, { to: 'complained@example.com', envid: delivered.id });
  await using worker = startRecording();
  await vi.waitFor(() => expect(worker.given).toHaveLength(2), patience);
  expect(Date.now() - started_ms).toBeGreaterThan(950);
  const [complaint, report] = [complained, bounced].map((message) =>
    worker.given.find(({ message_id }) => message_id === message.id),
  );
  expect(complaint).toMatchObject({ tenant_id: complained.tenant_id, kind: 'complaint' });
  expect(complaint?.report.toString()).toContain('Feedback-Type: abuse\r\n');
  expect(report).toMatchObject({ tenant_id: bounced.tenant_id, kind: 'bounce' });
  expect(report?.report.toString()).toContain('Final-Recipient: rfc822; async-bounced@simulator.test\r\n');
  await vi.waitFor(async () => expect(await pending()).toBe(0), patience);
  await sleep(1_200);
  expect(worker.given).toHaveLength(2);
});

test('feedback of a message that is not settled yet is given again until it is', async () => {
  const { id } = await world.givenMessage();
  await handOver(world.inbox, { to: 'complained@simulator.test', envid: id });
  await using worker = startRecording([false, false]);
  await vi.waitFor(() => expect(worker.given).toHaveLength(3), patience);
  await vi.waitFor(async () => expect(await pending()).toBe(0), patience);
});

test('feedback whose worker failed is given again once the lease has run out, and not before', async () => {
  const { id } = await world.givenMessage();
  await handOver(world.inbox, { to: 'complained@simulator.test', envid: id });
  await using worker = startRecording([new Error('crash')]);
  await vi.waitFor(() => expect(worker.given).toHaveLength(1), patience);
  await sleep(1_200);
  expect(worker.given).toHaveLength(1);
  expect(world.complaints).toContain('feedback of the simulator failed');
  world.clock.ahead_ms += 31_000;
  await vi.waitFor(() => expect(worker.given).toHaveLength(2), patience);
  await vi.waitFor(async () => expect(await pending()).toBe(0), patience);
});

test('two workers share the feedback without doubling it', async () => {
  const messages = await Promise.all(Array.from({ length: 30 }, () => world.givenMessage()));
  await Promise.all(messages.map(({ id }) => handOver(world.inbox, { to: 'complained@simulator.test', envid: id })));
  await using one = startRecording();
  await using two = startRecording();
  await vi.waitFor(async () => expect(await pending()).toBe(0), patience);
  const given = [...one.given, ...two.given].map(({ message_id }) => message_id);
  expect(given.sort()).toEqual(messages.map(({ id }) => id).sort());
});
