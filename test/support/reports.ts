import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { corpusReport } from '../../server/inbound/corpus.test-support.ts';
import type { Installation } from './koltrix.ts';
import type { Smarthost } from './smarthost.ts';
import type { Tenant } from './tenant.ts';
import { until } from './until.ts';

/** A message that has left by the smarthost. */
export interface SentMessage {
  email_id: string;
  /** Shown id. */
  message_id: string;
  uuid: string;
  /** The MAIL FROM that it left with. */
  return_path: string;
}

/** Sends a mail to ada@example.com, or to whom it is told, and waits until the smarthost has it. */
export async function givenSent(
  koltrix: Installation,
  tenant: Tenant,
  smarthost: Smarthost,
  to = 'ada@example.com',
): Promise<SentMessage> {
  const email = await tenant.koltrix.emails.send({
    from: 'Acme <hello@acme.example>',
    to: [to],
    subject: 'Your receipt',
    body_text: 'Thank you!',
  });
  await tenant.settled(email.id);
  const [message] = email.messages;
  const received = await until(() =>
    smarthost.received.find((mail) => mail.message.includes(message?.id as string) && mail.rcpt_to === to),
  );
  const { rows } = await koltrix.database.db.query<{ id: string }>({
    name: 'test.message_uuid',
    text: `select o.id from outbound_messages o where o.tenant_id = $1 order by o.id desc limit 1`,
    values: [tenant.id],
  });
  return {
    email_id: email.id,
    message_id: message?.id as string,
    uuid: rows[0]?.id as string,
    return_path: received.mail_from,
  };
}

/** A report of the corpus about this message. */
export function reportOn(name: string, { uuid, return_path }: SentMessage): Promise<Buffer> {
  return corpusReport(name, { message_id: uuid, return_path });
}

export interface Handed {
  code: number;
  /** The whole reply. */
  reply: string;
  command: string;
}

/** Hands mail to the listener as any mail server would; never rejects. */
export function handIn(
  koltrix: Pick<Installation, 'inbound_port'>,
  { from = '', to, source }: { from?: string; to: string; source: Buffer | string },
): Promise<Handed> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port: koltrix.inbound_port, ignoreTLS: true });
  return new Promise((resolve, reject) => {
    const refused = (
      error: Error & { responseCode?: number | undefined; response?: string | undefined; command?: string | undefined },
    ) => {
      connection.close();
      if (!error.responseCode) return reject(error);
      resolve({ code: error.responseCode, reply: error.response ?? '', command: error.command ?? '' });
    };
    connection.once('error', refused);
    connection.connect(() => {
      connection.send({ from, to: [to] }, source, (error, info) => {
        if (error) return refused(error);
        connection.quit();
        resolve({ code: Number(info?.response.slice(0, 3)), reply: info?.response ?? '', command: '' });
      });
    });
  });
}
