import { describe, expect, test } from 'vitest';
import type { Refusal } from '../errors/refusal.ts';
import type { Content } from '../mail/compose.ts';
import { MAX_RECIPIENTS, MAX_SCHEDULE_DAYS, plan } from './plan.ts';
import type { ComposedSubmission, EmailSubmission, RawSubmission } from './submission.ts';

const now = new Date('2026-11-22T08:00:00Z');
const content: Content = {
  from: 'Acme <hello@acme.example>',
  to: ['ada@example.test'],
  subject: 'Hi',
  body_text: 'Hello',
};

const composed = (change: Partial<Content> = {}, rest: Partial<ComposedSubmission> = {}): ComposedSubmission => ({
  format: 'composed',
  content: { ...content, ...change },
  tags: {},
  metadata: {},
  scheduled_at: undefined,
  bulk: false,
  pointer: '',
  ...rest,
});
const raw = (source: string, rest: Partial<RawSubmission> = {}): RawSubmission => ({
  format: 'raw',
  mail_from: 'hello@acme.example',
  rcpt_to: ['ada@example.test'],
  bytes: Buffer.from(source, 'latin1'),
  ...rest,
});

function planned(...emails: EmailSubmission[]) {
  let ids = 0;
  const submission = {
    tenant_id: 't',
    source: 'rest' as const,
    emails,
    idempotency: undefined,
    answer: () => ({ status: 202, body: null }),
  };
  return plan(submission, { now, newId: () => `id-${ids++}` });
}

function pointersOf(email: EmailSubmission): string[] {
  try {
    planned(email);
    return [];
  } catch (error) {
    return (error as Refusal).faults.map(({ pointer }) => pointer);
  }
}

describe('a submission by fields', () => {
  test('becomes one message for each recipient, with its first event', () => {
    const [email] = planned(composed({ cc: ['Bob <bob@example.test>'], bcc: ['eve@BÜCHER.example'] }));
    expect(email).toMatchObject({
      from_address: 'hello@acme.example',
      mail_from: 'hello@acme.example',
      created_at: now,
    });
    expect(
      email?.messages.map(({ recipient, canonical, kind, status }) => [recipient, canonical, kind, status]),
    ).toEqual([
      ['ada@example.test', 'ada@example.test', 'to', 'queued'],
      ['bob@example.test', 'bob@example.test', 'cc', 'queued'],
      ['eve@BÜCHER.example', 'eve@xn--bcher-kva.example', 'bcc', 'queued'],
    ]);
    for (const message of email?.messages ?? [])
      expect(message).toMatchObject({ due_at: now, event: { type: 'email.queued' } });
  });

  test('gives somebody who is named twice one copy, by the first mention', () => {
    const [email] = planned(
      composed({ to: ['Ada@Example.test', 'bob@example.test'], cc: ['ada@example.TEST'], bcc: ['bob@example.test'] }),
    );
    expect(email?.messages.map(({ recipient, kind }) => [recipient, kind])).toEqual([
      ['Ada@Example.test', 'to'],
      ['bob@example.test', 'to'],
    ]);
  });

  test('is the same plan each time', () => {
    expect(planned(composed())).toEqual(planned(composed()));
  });

  test.each<[string, ComposedSubmission]>([
    ['/from', composed({ from: 'nobody' })],
    ['/to/1', composed({ to: ['ada@example.test', 'x'] })],
    ['/bcc/0', composed({ bcc: ['eve@'] })],
    ['/reply_to/0', composed({ reply_to: ['a@b@c'] })],
    ['/body_text', composed({ body_text: undefined } as never)],
    ['/headers/X~1Y', composed({ headers: { 'X/Y': 'x'.repeat(901) } })],
    ['/headers/Bcc', composed({ headers: { Bcc: 'eve@example.test' } })],
    ['/subject', composed({ subject: 'x'.repeat(901) })],
    ['/metadata', composed({}, { metadata: { big: 'x'.repeat(16_385) } })],
    ['/metadata', composed({}, { metadata: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) })],
    [
      '/emails/3/to',
      composed(
        { to: Array.from({ length: MAX_RECIPIENTS + 1 }, (_, i) => `a${i}@example.test`) },
        { pointer: '/emails/3' },
      ),
    ],
    ['/scheduled_at', composed({}, { scheduled_at: new Date(now.getTime() + MAX_SCHEDULE_DAYS * 86_400_000 + 1) })],
  ])('is refused at %s', (pointer, email) => {
    expect(pointersOf(email)).toEqual([pointer]);
  });

  test('waits for its time when that is still to come', () => {
    const later = new Date(now.getTime() + 1);
    const [email] = planned(composed({}, { scheduled_at: later }));
    expect(email).toMatchObject({
      scheduled_at: later,
      messages: [{ status: 'scheduled', due_at: later, event: { type: 'email.scheduled' } }],
    });
    const [past] = planned(composed({}, { scheduled_at: now }));
    expect(past).toMatchObject({ scheduled_at: null, messages: [{ status: 'queued', due_at: now }] });
  });
});

describe('a raw submission', () => {
  test('goes to the envelope’s recipients; the headers only say how they were addressed', () => {
    const source = 'To: "Team, A" <ada@example.test>,\r\n notbob@example.test\r\nCC: J <j@B\xfccher.example>\r\n\r\n';
    const bytes = Buffer.from(Buffer.from(source, 'latin1').toString('latin1'), 'utf8');
    const rcpt_to = ['Ada@example.test', 'bob@example.test', 'j@bücher.example', 'eve@example.test'];
    const [email] = planned(raw('', { bytes, rcpt_to }));
    expect(email?.messages.map(({ recipient, kind }) => [recipient, kind])).toEqual([
      ['Ada@example.test', 'to'],
      ['bob@example.test', 'bcc'],
      ['j@bücher.example', 'cc'],
      ['eve@example.test', 'bcc'],
    ]);
  });

  test('is stored with CRLF and shown by its headers', () => {
    const [email] = planned(raw('From: Acme <News@Acme.example>\nSubject: =?utf-8?q?Hi?=\n  there\n\nBody\n'));
    expect(email?.content.toString()).toBe(
      'From: Acme <News@Acme.example>\r\nSubject: =?utf-8?q?Hi?=\r\n  there\r\n\r\nBody\r\n',
    );
    expect(email).toMatchObject({
      from_header: 'Acme <News@Acme.example>',
      from_address: 'news@acme.example',
      mail_from: 'hello@acme.example',
    });
  });

  test.each([
    ['empty', ''],
    ['of mixed line ends', 'A: b\r\nC: d\n\r\n'],
    ['with a bare CR', 'A: b\r\n\r\nx\ry'],
    ['with a line in the header that is none', 'A: b\r\nnonsense\r\n\r\n'],
    ['with a NUL', 'A: b\r\n\r\n\0'],
  ])('that is %s is refused', (_what, source) => {
    expect(pointersOf(raw(source))).toEqual(['']);
  });

  test('of a header without end is clipped where it is shown, and only there', () => {
    const folded = (text: string) => Array.from({ length: 20 }, () => text.repeat(100)).join('\r\n ');
    const [email] = planned(
      raw('', { bytes: Buffer.from(`Subject: ${folded('é😀')}\r\nFrom: ${folded('x')}@y.z\r\n\r\n`) }),
    );
    expect(email?.subject.length).toBeLessThanOrEqual(998);
    expect(email?.subject.isWellFormed()).toBe(true);
    expect(email?.content.length).toBeGreaterThan(4_000);
  });
});

describe('bulk mail', () => {
  const bulkOf = (email: EmailSubmission) => planned(email)[0]?.messages.map((m) => m.bulk);

  test.each<[string, EmailSubmission, boolean]>([
    ['is what the caller says is', composed({}, { bulk: true }), true],
    ['is what its header says is', composed({ headers: { precedence: 'Bulk' } }), true],
    ['is a raw message whose header says so', raw('Precedence: list\r\nSubject: News\r\n\r\nHello\r\n'), true],
    ['is not what says nothing', composed(), false],
    ['is not what asks for more speed', raw('Precedence: first-class\r\nSubject: Code\r\n\r\n1234\r\n'), false],
    ['is not what speaks of it in the body', raw('Subject: Hi\r\n\r\nPrecedence: bulk\r\n'), false],
  ])('%s', (_name, email, expected) => {
    expect(bulkOf(email)).toEqual([expected]);
  });
});
