import type { AcceptedEmail } from 'koltrix';
import { createTransport } from 'nodemailer';
import { isMock } from './host.ts';
import type { Tenant } from './tenant.ts';

/** A mail in the terms that every door understands. */
export interface Mail {
  from?: string;
  to: string[];
  cc?: string[];
  bcc?: string[];
  subject?: string;
  text?: string;
  /** Names the request, whichever door it takes. */
  idempotencyKey?: string;
}

export interface Door {
  name: string;
  /** Answers the email's id once the door has said that it is accepted. */
  submit(tenant: Tenant, mail: Mail): Promise<string>;
}

const rest: Door = {
  name: 'REST',
  async submit({ koltrix }, mail) {
    const { id } = await koltrix.emails.send(fields(mail), options(mail));
    return id;
  },
};

const batch: Door = {
  name: 'a batch',
  async submit({ koltrix }, mail) {
    const { data } = await koltrix.emails.sendBatch({ emails: [fields(mail)] }, options(mail));
    return (data[0] as AcceptedEmail).id;
  },
};

const raw: Door = {
  name: 'raw REST',
  async submit({ koltrix }, mail) {
    const { from = 'hello@acme.example', to, cc = [], bcc = [] } = mail;
    const { id } = await koltrix.emails.sendRaw(
      source(mail),
      { mail_from: from, rcpt_to: [...to, ...cc, ...bcc] },
      options(mail),
    );
    return id;
  },
};

const smtp: Door = {
  name: 'SMTP',
  async submit({ smtp_port, key }, mail) {
    const { from = 'hello@acme.example', to, cc = [], bcc = [], idempotencyKey } = mail;
    const transport = createTransport({
      host: '127.0.0.1',
      port: smtp_port,
      ignoreTLS: true,
      auth: { user: 'any', pass: key },
    });
    try {
      const header = idempotencyKey ? `X-Koltrix-Idempotency-Key: ${idempotencyKey}\r\n` : '';
      const { response } = await transport.sendMail({
        envelope: { from, to: [...to, ...cc, ...bcc] },
        raw: header + source(mail),
      });
      return /em_\w+/.exec(response)?.[0] as string;
    } finally {
      transport.close();
    }
  },
};

/** Every way by which mail enters; a rule that holds for one must hold for all. */
export const doors: Door[] = isMock ? [rest, batch, raw] : [rest, batch, raw, smtp];

function fields({ from = 'hello@acme.example', to, cc, bcc, subject = 'Hello', text = 'Hello there' }: Mail) {
  return { from, to, ...(cc && { cc }), ...(bcc && { bcc }), subject, body_text: text };
}

function options({ idempotencyKey }: Mail) {
  return idempotencyKey === undefined ? {} : { idempotencyKey };
}

/** The same message each time, as a client that submits it again would send it. */
function source({ from = 'hello@acme.example', to, cc = [], subject = 'Hello', text = 'Hello there' }: Mail): string {
  const lines = [
    `From: ${from}`,
    `To: ${to.join(', ')}`,
    ...(cc.length ? [`Cc: ${cc.join(', ')}`] : []),
    `Subject: ${subject}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${text}\r\n`;
}
