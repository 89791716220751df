import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenKoltrix, type Installation } from '../support/koltrix.ts';
import { connectSmtp } from '../support/smtp-client.ts';

let koltrix: Installation;
beforeAll(async () => {
  koltrix = await givenKoltrix();
});
afterAll(() => koltrix[Symbol.asyncDispose]());

const SMUGGLED = ['MAIL FROM:<boss@acme.example>', 'RCPT TO:<victim@example.test>', 'DATA'];

// Each would end the first message for a server that takes it for <CR><LF>.<CR><LF>, and start a second one.
test.each(['\n.\n', '\n.\r\n', '\r.\r\n', '\r.\r', '\r\n.\n', '\r\n.\r', '\r\n\0.\r\n', '\n\r\n.\n'])(
  'nothing that follows %j is mailed, nor the message around it when it is malformed',
  async (end) => {
    const acme = await koltrix.tenant();
    using client = await connectSmtp(koltrix.smtp_port);
    await client.logIn(acme.key);
    await client.command('MAIL FROM:<hello@acme.example>');
    await client.command('RCPT TO:<ada@example.test>');
    await client.command('DATA');
    client.write(
      `Subject: Outer\r\n\r\nOuter${end}${SMUGGLED.join('\r\n')}\r\nSubject: Smuggled\r\n\r\nSmuggled\r\n.\r\n`,
    );
    const reply = await client.reply();
    // One DATA, one reply: the next one answers the next command.
    expect(await client.command('NOOP')).toMatch(/^250 /);

    // A message after it on the same connection shows that its state is sound, and that delivery has come this far.
    await client.command('MAIL FROM:<hello@acme.example>');
    await client.command('RCPT TO:<bob@example.test>');
    await client.command('DATA');
    expect(await client.command('Subject: After\r\n\r\nAfter\r\n.')).toMatch(/^250 2\.0\.0 /);
    const { data: after } = await acme.koltrix.testMessages.list({ to: 'bob@example.test', wait: 20 });
    expect(after).toHaveLength(1);

    const recipients = (await acme.captured()).map(({ rcpt_to }) => rcpt_to);
    expect(recipients).not.toContain('victim@example.test');
    expect((await acme.koltrix.emails.list({ recipient: 'victim@example.test' })).data).toEqual([]);
    if (/(^|[^\r])\n|\r([^\n]|$)/.test(end)) {
      expect(reply).toMatch(/^550 5\.6\.11 /);
      expect(recipients).toEqual(['bob@example.test']);
    } else {
      expect(reply).toMatch(/^[25]\d\d /);
    }
  },
);
