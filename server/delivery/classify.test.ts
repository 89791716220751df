import { describe, expect, test } from 'vitest';
import { classify, parseReply } from './classify.ts';

const verdict = (response: string) => {
  const { class: name, permanent } = classify(parseReply(response));
  return `${permanent ? 'bounced' : 'retried'}, ${name}`;
};

describe('a reply that says the mailbox does not exist bounces for good', () => {
  test.each([
    [
      'Gmail',
      '550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient’s email address for typos or\n550 5.1.1 https://support.google.com/mail/?p=NoSuchUser a1-20020 - gsmtp',
    ],
    [
      'Gmail, disabled',
      '550 5.2.1 The email account that you tried to reach is inactive. For more information, go to …',
    ],
    [
      'Microsoft',
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@example.test not found by SMTP address lookup',
    ],
    ['Exchange', '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'],
    ['Postfix', '550 5.1.1 <ada@example.test>: Recipient address rejected: User unknown in virtual mailbox table'],
    ['Postfix, no such domain', '550 5.1.2 <ada@example.test>: Recipient address rejected: Domain not found'],
    ['Postfix, bare', '550 <ada@example.test>: Recipient address rejected: User unknown in local recipient table'],
    ['Exim', '550 Unrouteable address'],
    ['Exim, other words', '550 unknown user'],
    ['Sendmail', '550 5.1.1 <ada@example.test>... User unknown'],
    ['qmail', '550 sorry, no mailbox here by that name (#5.1.1)'],
    ['qmail with another code', '554 sorry, no mailbox here by that name. (#5.1.1)'],
    ['chkuser', '511 sorry, no mailbox here by that name (#5.1.1 - chkuser)'],
    ['IronPort', '550 #5.1.1 ada@example.test'],
    ['Apple', '550 5.1.1 <ada@icloud.com>: user does not exist'],
    ['a colon after the code', '550 5.1.1: Email address could not be found, or was misspelled'],
    ['GMX', '550 Requested action not taken: mailbox unavailable - no such user here'],
    ['551', '551 User not found; please try elsewhere'],
    ['553', '553 Invalid recipient ada@example.test (Mode: normal)'],
    ['a null MX', '550 5.1.10 The domain accepts no mail (RFC 7505)'],
  ])('%s', (_name, response) => {
    expect(verdict(response)).toBe('bounced, hard');
  });
});

describe('a reply against the sender blocks', () => {
  test.each([
    ['Gmail, no authentication', '550-5.7.26 This mail has been blocked because the sender is unauthenticated.'],
    [
      'Gmail, DMARC',
      "550 5.7.26 Unauthenticated email from acme.example is not accepted due to domain's DMARC policy.",
    ],
    ['Gmail, spam', '550 5.7.1 Our system has detected that this message is likely unsolicited mail.'],
    [
      'Microsoft, authentication',
      '550 5.7.515 Access denied, sending domain acme.example does not pass authentication',
    ],
    [
      'Microsoft, list',
      '550 5.7.1 Unfortunately, messages from [192.0.2.1] weren’t sent. … part of their network is on our block list (S3150).',
    ],
    ['Microsoft, Spamhaus', '550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus'],
    ['Yahoo', '553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus’s list'],
    [
      'Yahoo, content',
      '554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes',
    ],
    ['Postfix, relay', '554 5.7.1 <ada@example.test>: Relay access denied'],
    ['Postfix, RBL without codes', '554 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org'],
    ['Exim, spam', '550 This message was classified as SPAM and may not be delivered'],
    ['AOL', '554 Transaction failed: (RTR:BL) https://postmaster.example – poor sender reputation'],
    ['Proofpoint', '554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1'],
    ['qmail', '553 sorry, that domain isn’t in my list of allowed rcpthosts (#5.7.1)'],
  ])('%s', (_name, response) => {
    expect(verdict(response)).toBe('bounced, block');
  });
});

describe('a 5xx that may pass', () => {
  test.each([
    [
      'Gmail, over quota',
      '552-5.2.2 The recipient’s inbox is out of storage space. Please direct the\n552 5.2.2 recipient to …',
    ],
    ['Postfix, full', '552 5.2.2 <ada@example.test>: Recipient address rejected: User quota exceeded'],
    ['Exim, full', '550 mailbox is full: retry timeout exceeded'],
    ['too large', '552 5.3.4 Message size exceeds fixed limit'],
    ['bare 552', '552 Requested mail action aborted: exceeded storage allocation'],
    [
      'Microsoft, routing',
      '550 5.4.1 Recipient address rejected: Access denied. [BN8NAM11FT016.eop-nam11.prod.protection.outlook.com]',
    ],
    ['hop count', '554 5.4.14 Hop count exceeded - possible mail loop'],
  ])('bounces softly: %s', (_name, response) => {
    expect(verdict(response)).toBe('bounced, soft');
  });
});

describe('a 5xx that says nothing of use', () => {
  test.each([
    ['bare', '550 Requested action not taken'],
    ['bare, in Outlook’s words', '550 Requested action not taken: mailbox unavailable'],
    ['Yahoo, in a code of their own', '554 30 Sorry, your message to ada@yahoo.com cannot be delivered.'],
    ['Exchange, generic', '550 5.5.0 Requested action not taken: mailbox unavailable'],
    ['554', '554 Transaction failed'],
    ['501', '501 5.5.4 Invalid arguments'],
    ['no words at all', '550'],
  ])('is unknown: %s', (_name, response) => {
    expect(verdict(response)).toBe('bounced, unknown');
  });
});

describe('what is not for good is retried', () => {
  test.each([
    ['greylisting', '450 4.2.0 <ada@example.test>: Recipient address rejected: Greylisted', 'soft'],
    ['greylisting as policy', '451 4.7.1 Greylisting in action, please come back later', 'block'],
    [
      'Yahoo, complaints',
      '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints',
      'block',
    ],
    ['Gmail, rate', '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail', 'block'],
    ['Microsoft, throttled', '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)', 'block'],
    ['mailbox full', '452 4.2.2 The recipient’s inbox is out of storage space', 'soft'],
    ['unverified', '450 4.1.1 <ada@example.test>: Recipient address rejected: unverified address', 'soft'],
    ['an odd pair of codes', '451 5.1.1 User unknown', 'soft'],
    ['bad sequence', '503 5.5.1 Error: need RCPT command', 'soft'],
    ['3xx at the wrong place', '354 Go on', 'soft'],
    ['6xx', '650 What', 'soft'],
    ['no number', 'Hello?', 'soft'],
    ['nothing', '', 'soft'],
  ])('%s', (_name, response, name) => {
    expect(verdict(response)).toBe(`retried, ${name}`);
  });
});

describe('words in an address or a link are no words of the reply', () => {
  test.each([
    ['550 <spamtrap@example.test>: user unknown', 'bounced, hard'],
    ['550 No such user: blocked@dkim.example.test', 'bounced, hard'],
    ['550 User unknown, see https://mail.example.test/blocklist/help', 'bounced, hard'],
    ['550 Refused no-such-user@example.test <unknown.user@example.test>', 'bounced, unknown'],
  ])('%s', (response, expected) => {
    expect(verdict(response)).toBe(expected);
  });
});

describe('a reply in its parts', () => {
  test.each([
    ['550 5.1.1 No such user', 550, '5.1.1'],
    ['550-5.1.1 One\n550 5.1.1 two', 550, '5.1.1'],
    ['250 Ok', 250, null],
    ['250 2.0.0 Ok', 250, '2.0.0'],
    ['250 192.0.2.1 greets you', 250, null],
    ['550 5.7.515 Access denied', 550, '5.7.515'],
    ['421', 421, null],
    ['Hello', null, null],
    ['', null, null],
  ])('%j', (response, smtp_code, enhanced_code) => {
    expect(parseReply(response)).toMatchObject({ smtp_code, enhanced_code });
  });

  test('has its text on one line, bounded, and fit for a database', () => {
    const { text } = parseReply(`550-a\r\n550-b\u0000\u001b[31m\n550 c\ud800${'x'.repeat(5_000)}`);
    expect(text).toMatch(/^550-a 550-b \[31m 550 c\ufffdx+$/);
    expect(text).toHaveLength(1_000);
  });
});
