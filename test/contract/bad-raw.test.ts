import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Careless, givenCareless } from '../support/refusal.ts';

let careless: Careless;
beforeAll(async () => {
  careless = await givenCareless();
});
afterAll(() => careless[Symbol.asyncDispose]());

const message = 'From: a@b.example\r\nSubject: x\r\n\r\nHello\r\n';
const envelope = 'mail_from=a@b.example&rcpt_to=ada@example.test';
const post = (body: BodyInit = message) => ({
  method: 'POST',
  headers: { 'content-type': 'message/rfc822' },
  body,
});
const invalid = (pointer: string, says: RegExp) => ({ status: 400, code: 'invalid-request' as const, pointer, says });

describe('the envelope of a raw message', () => {
  test.each([
    ['no sender', 'rcpt_to=c@d.example', '?mail_from', /required/],
    ['no recipient', 'mail_from=a@b.example', '?rcpt_to', /required/],
    ['an empty sender', 'mail_from=&rcpt_to=c@d.example', '?mail_from', /mail_from/],
    ['two senders', 'mail_from=a@b.example&mail_from=e@f.example&rcpt_to=c@d.example', '?mail_from', /string/],
    ['a name', 'mail_from=Ada%20%3Ca@b.example%3E&rcpt_to=c@d.example', '?mail_from', /bare email address/],
    ['a line break', 'mail_from=a@b.example&rcpt_to=c@d.example%0D%0ARCPT', '?rcpt_to/0', /bare email address/],
    ['a NUL', 'mail_from=a@b.example&rcpt_to=c@d.example%00', '?rcpt_to', /NUL/],
    ['a faulty one of several', 'mail_from=a@b.example&rcpt_to=c@d.example&rcpt_to=nope', '?rcpt_to/1', /bare/],
    ['a campaign', `${envelope}&source=campaign`, '?source', /rest, smtp/],
    ['another parameter', `${envelope}&cc=x@y.example`, '?cc', /not a known query parameter/],
  ])('is refused with %s', async (_, query, pointer, says) => {
    await careless.refused(`/emails/raw?${query}`, post(), invalid(pointer, says));
  });

  test('may be percent-encoded or as RFC 3986 lets it stand', async () => {
    for (const query of [envelope, envelope.replaceAll('@', '%40')]) {
      expect((await careless.acme.fetch(`/emails/raw?${query}`, post())).status).toBe(202);
    }
  });
});

describe('a raw message', () => {
  test.each([
    ['nothing', '', /empty/],
    ['no header line', 'Hello\r\n', /header line/],
    ['a header line that is none', 'From: a@b.example\r\nHello there\r\n\r\nx', /header line/],
    ['a list of JSON', '["from"]', /header line/],
    ['a NUL in a header', 'Subject: a\0b\r\n\r\nx', /NUL/],
    ['a NUL in its body', 'Subject: a\r\n\r\nx\0', /NUL/],
    ['a bare line feed among CRLFs', 'Subject: a\r\n\r\nx\n.\r\ny', /CRLF/],
    ['a bare carriage return', 'Subject: a\r\n\r\nx\ry', /CRLF/],
    ['a bare carriage return in a header', 'Subject: a\rBcc: eve@example.test\r\n\r\nx', /CRLF/],
    ['a line that is too long', `Subject: a\r\n\r\n${'x'.repeat(999)}\r\n`, /line of 999 octets, number 3,/],
    ['megabytes of header', `Subject: x\r\n${`X-A: ${'b'.repeat(900)}\r\n`.repeat(1_300)}\r\nx`, /1 MB of headers/],
  ])('is refused when it is or holds %s', async (_, body, says) => {
    await careless.refused(`/emails/raw?${envelope}`, post(Buffer.from(body)), invalid('', says));
  });

  test('is refused when the idempotency key in its header is malformed', async () => {
    const body = `X-Koltrix-Idempotency-Key: a b\r\n${message}`;
    await careless.refused(`/emails/raw?${envelope}`, post(body), {
      status: 400,
      code: 'invalid-idempotency-key',
      pointer: 'Idempotency-Key:',
    });
  });

  test('is taken however odd, as long as it is mail: no headers, 8-bit, huge From', async () => {
    const odd = [
      '\r\nonly a body',
      Buffer.from('Subject: caf\u00e9\r\n\r\nx', 'latin1'),
      `From: "${`${'a'.repeat(900)}\r\n `.repeat(1_000)}\r\n\r\nx`,
    ];
    for (const body of odd) {
      const response = await careless.acme.fetch(`/emails/raw?${envelope}`, post(body));
      expect(response.status).toBe(202);
      const { id } = (await response.json()) as { id: string };
      expect((await careless.acme.koltrix.emails.get(id)).messages).toHaveLength(1);
    }
  });
});
