import { describe, expect, test } from 'vitest';
import type { Lease } from '../store/outbound-leases.sql.ts';
import { RETRIES } from './backoff.ts';
import { parseReply } from './classify.ts';
import { conclude, rejected } from './conclude.ts';
import { destinationOf, type Route } from './route.ts';
import type { Conversation } from './transport.ts';

const now = new Date('2026-01-03T00:00:00Z');
const context = { worker: 'w', now, random: 0, newId: () => 'an-id' };
const route: Route = {
  destination: destinationOf({ host: 'smarthost.test', port: 25, secure: false, auth: undefined }, 5),
  is_final: false,
  schedule: RETRIES,
};

const lease = (changes: Partial<Lease> = {}): Lease => ({
  id: 'm',
  tenant_id: 't',
  email_id: 'e',
  recipient: 'Ada@EXAMPLE.test',
  bulk: false,
  attempt: 4,
  tries: 2,
  queued_at: new Date('2026-01-02T23:00:00Z'),
  last_source: null,
  is_suppressed: false,
  ...changes,
});

const ended = (outcome: Conversation['outcome'], response: string): Conversation => ({
  outcome,
  reply: parseReply(response),
  host: 'smarthost.test',
  remote_address: '192.0.2.1',
  source_address: '127.0.0.1',
  tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', verified: false, dane: false },
  started_at: now,
  duration_ms: 12,
});

const after = (outcome: Conversation['outcome'], response: string, changes?: Partial<Lease>, by = route) =>
  conclude(lease(changes), by, ended(outcome, response), context);

describe('an accepted message', () => {
  test('is sent when the next hop took it', () => {
    expect(after('accepted', '250 2.0.0 Queued')).toMatchObject({
      message_id: 'm',
      worker: 'w',
      attempt: 4,
      status: 'sent',
      due_at: null,
      suppression: undefined,
      record: {
        outcome: 'accepted',
        smtp_code: 250,
        enhanced_code: '2.0.0',
        host: 'smarthost.test',
        tls: { protocol: 'TLSv1.3' },
      },
      events: [
        { type: 'email.sent', detail: { delivery: { attempt: 4, smtp_code: 250, response: '250 2.0.0 Queued' } } },
      ],
    });
  });

  test('is sent and delivered by one reply when the recipient’s own server took it', () => {
    const settlement = after('accepted', '250 Ok', {}, { ...route, is_final: true });
    expect(settlement.status).toBe('delivered');
    expect(settlement.events.map((e) => e.type)).toEqual(['email.sent', 'email.delivered']);
  });
});

describe('a refusal for good', () => {
  test.each([
    ['550 5.1.1 No such user', 'hard', null],
    ['552 5.2.2 Mailbox full', 'soft', '2026-01-04T00:00:00.000Z'],
    ['554 5.7.1 Blocked', 'block', '2026-01-04T00:00:00.000Z'],
    ['554 Transaction failed', 'unknown', '2026-01-04T00:00:00.000Z'],
  ])('%s bounces and suppresses, by its class', (response, reason, expires_at) => {
    const { suppression, ...settlement } = after('refused', response);
    expect(settlement).toMatchObject({
      status: 'bounced',
      due_at: null,
      spends_try: true,
      record: { outcome: 'refused' },
      events: [{ type: 'email.bounced', detail: { bounce: { class: reason, diagnostic: response } } }],
    });
    expect(suppression).toMatchObject({ reason, address: 'ada@example.test' });
    expect(suppression?.expires_at?.toISOString() ?? null).toBe(expires_at);
  });
});

describe('a refusal for now', () => {
  test('delays by the schedule, and says until when', () => {
    const settlement = after('refused', '451 4.7.1 Greylisted', { tries: 2 });
    const retry_at = new Date(now.getTime() + (RETRIES[2] as number) * 1_000);
    expect(settlement).toMatchObject({
      status: 'queued',
      due_at: retry_at,
      spends_try: true,
      suppression: undefined,
      record: { outcome: 'deferred', smtp_code: 451 },
      events: [
        {
          type: 'email.delivery_delayed',
          detail: { delay: { attempt: 4, retry_at: retry_at.toISOString(), class: 'block', smtp_code: 451 } },
        },
      ],
    });
  });

  test('at the last try gives up without a verdict on the address', () => {
    expect(after('refused', '451 Busy', { tries: 14 }).status).toBe('queued');
    expect(after('refused', '451 Busy', { tries: 15 })).toMatchObject({
      status: 'failed',
      due_at: null,
      suppression: undefined,
      record: { outcome: 'deferred' },
      events: [{ type: 'email.failed', detail: { failure: { reason: 'expired', diagnostic: '451 Busy' } } }],
    });
  });
});

describe('a host that was not reached', () => {
  test('spends no try, however often', () => {
    expect(after('unreachable', 'connect ECONNREFUSED', { tries: 15 })).toMatchObject({
      status: 'queued',
      spends_try: false,
      due_at: new Date(now.getTime() + 120_000),
      record: { outcome: 'unreachable', smtp_code: null },
      events: [{ type: 'email.delivery_delayed', detail: { delay: { class: 'soft', smtp_code: null } } }],
    });
  });

  test('is the end after 48 hours, without a bounce even when it refused us with 554', () => {
    expect(after('unreachable', '554 Go away', { queued_at: new Date('2026-01-01T00:00:00Z') })).toMatchObject({
      status: 'failed',
      spends_try: false,
      suppression: undefined,
      events: [{ type: 'email.failed', detail: { failure: { reason: 'expired' } } }],
    });
  });
});

test('a connection lost after the final dot is on record, spends a try and is retried', () => {
  expect(after('uncertain', 'Connection closed unexpectedly')).toMatchObject({
    status: 'queued',
    spends_try: true,
    record: { outcome: 'uncertain', reply: 'Connection closed unexpectedly' },
    events: [{ type: 'email.delivery_delayed' }],
  });
});

test('a message that cannot be built fails without a conversation', () => {
  expect(rejected(lease(), 'rendering', 'Error: no', context)).toMatchObject({
    status: 'failed',
    due_at: null,
    record: { host: null, outcome: 'refused', reply: 'Error: no' },
    events: [{ type: 'email.failed', detail: { failure: { reason: 'rendering', diagnostic: 'Error: no' } } }],
  });
});
