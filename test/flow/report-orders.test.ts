import type { EventType, MessageStatus } from 'koltrix';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { handIn, reportOn, type SentMessage } from '../support/reports.ts';
import { type Smarthost, startSmarthost } from '../support/smarthost.ts';
import type { Tenant } from '../support/tenant.ts';

const PUBLIC_URL = 'https://mail.koltrix.example';
const stack = new AsyncDisposableStack();
let smarthost: Smarthost;
let koltrix: Installation;
let acme: Tenant;
beforeAll(async () => {
  smarthost = stack.use(await startSmarthost());
  const env = {
    KOLTRIX_DELIVERY: smarthost.url,
    KOLTRIX_BOUNCE_DOMAIN: 'bounces.koltrix.example',
    KOLTRIX_PUBLIC_URL: PUBLIC_URL,
  };
  koltrix = stack.use(await givenKoltrix({ env }));
});
afterAll(() => stack.disposeAsync());

/** What may come back for a message, each by its own door. */
const REPORTS = {
  delay: 'postfix-delayed',
  delivery: 'postfix-delivered',
  bounce: 'postfix-unknown-user',
  complaint: 'arf-abuse',
} as const;
type News = keyof typeof REPORTS | 'open' | 'click';

async function given(): Promise<{ email_id: string; hear(news: News): Promise<void> }> {
  acme = await koltrix.tenant();
  const email = await acme.koltrix.emails.send({
    from: 'hello@acme.example',
    to: ['ada@example.com'],
    subject: 'Hello',
    body_html: '<p><a href="https://acme.example/">Acme</a></p>',
    track_opens: true,
    track_clicks: true,
  });
  await acme.settled(email.id);
  const [message] = email.messages;
  const mail = smarthost.received.find((m) => m.message.includes(message?.id as string));
  const text = mail?.message.toString('latin1').replaceAll('=\r\n', '') ?? '';
  const [uuid] = (
    await koltrix.database.db.query<{ id: string }>({
      name: 'test.uuid_of_email',
      text: 'select id from outbound_messages where tenant_id = $1',
      values: [acme.id],
    })
  ).rows;
  const sent: SentMessage = {
    email_id: email.id,
    message_id: message?.id as string,
    uuid: uuid?.id as string,
    return_path: mail?.mail_from as string,
  };
  return {
    email_id: email.id,
    async hear(news) {
      if (news === 'open' || news === 'click') {
        const path = new RegExp(`${PUBLIC_URL}(/${news[0]}/[^"]+)`).exec(text)?.[1] ?? '/nowhere';
        const answer = await fetch(`${koltrix.url}${path}`, {
          redirect: 'manual',
          headers: { 'user-agent': 'Browser' },
        });
        expect(answer.status).toBe(news === 'open' ? 200 : 302);
      } else {
        const source = await reportOn(REPORTS[news], sent);
        expect((await handIn(koltrix, { to: sent.return_path, source })).code).toBe(250);
      }
    },
  };
}

type Row = [news: News[], status: MessageStatus, events: EventType[], reason: string | undefined];

test.each<Row>([
  [['open', 'bounce'], 'bounced', ['email.opened', 'email.bounced'], 'hard'],
  [['click', 'bounce'], 'bounced', ['email.clicked', 'email.bounced'], 'hard'],
  [['click', 'complaint'], 'complained', ['email.clicked', 'email.complained'], 'complaint'],
  // A suppression for good keeps its first reason.
  [['bounce', 'complaint'], 'complained', ['email.bounced', 'email.complained'], 'hard'],
  [['complaint', 'bounce'], 'complained', ['email.complained'], 'complaint'],
  [['open', 'delivery'], 'opened', ['email.opened'], undefined],
  [['delivery', 'open', 'delay'], 'opened', ['email.delivered', 'email.opened'], undefined],
  [['delay', 'delivery', 'delay'], 'delivered', ['email.delivery_delayed', 'email.delivered'], undefined],
  [['bounce', 'delivery'], 'bounced', ['email.bounced'], 'hard'],
  [['bounce', 'open', 'click'], 'bounced', ['email.bounced', 'email.opened', 'email.clicked'], 'hard'],
  [['complaint', 'click', 'delay'], 'complained', ['email.complained', 'email.clicked'], 'complaint'],
])('after %j a message is %s', async (news, status, events, reason) => {
  const { email_id, hear } = await given();
  for (const each of news) await hear(each);
  expect((await acme.koltrix.emails.get(email_id)).messages[0]?.status).toBe(status);
  const seen = (await Array.fromAsync(acme.koltrix.emails.listEvents(email_id))).map(({ type }) => type);
  expect(seen).toEqual(['email.queued', 'email.sent', ...events]);
  const suppressions = await Array.fromAsync(acme.koltrix.suppressions.list());
  expect(suppressions.map((s) => [s.reason, s.expires_at, s.topic])).toEqual(reason ? [[reason, null, null]] : []);
});
