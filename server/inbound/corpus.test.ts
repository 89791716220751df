import { describe, expect, test } from 'vitest';
import { returnPath } from '../mail/return-path.ts';
import { createTokens } from '../mail/token.ts';
import { showId } from '../store/ids.ts';
import { corpusNames, corpusReport } from './corpus.test-support.ts';
import { type Judgement, judge } from './judge.ts';
import { readReport } from './read-report.ts';

const MESSAGE = '019a7f3b-6c2d-7e11-8a4f-0123456789ab';
const tokens = createTokens('a secret for tests alone');
const about = { message_id: MESSAGE, return_path: returnPath(tokens, MESSAGE, 'bounces.koltrix.example') };
const now = new Date('2026-11-22T08:05:00.000Z');
const DAY_LATER = new Date('2026-11-23T08:05:00.000Z');

async function judgementOn(source: Buffer): Promise<Judgement> {
  const { reading } = await readReport(source, { timeout_ms: 5_000 });
  const reporting_mta = reading.shape === 'delivery-report' ? reading.reporting_mta : null;
  const context = { report_id: 'rep_01k9zq7d8ye2wbn5w0c8v7x3mn', reporting_mta, now };
  return judge(reading, { recipient: 'ada@example.com', attempt: 1, topic: null }, context);
}

type Row = [name: string, reason: string, smtp_code: number | null, enhanced_code: string | null, words: RegExp];

/** Every bounce of the corpus, with its class. */
const BOUNCES: Row[] = [
  ['domino', 'hard', null, '5.1.1', /not listed in Domino Directory/],
  ['exchange-2003-german', 'hard', null, '5.1.1', /^5\.1\.1$/],
  ['exchange-mailbox-full', 'soft', 554, '5.2.2', /mailbox full/],
  ['exim-report', 'hard', 550, '5.0.0', /^550 No such user here$/],
  ['exim-text', 'hard', 550, null, /550 No such user here$/],
  ['exim-text-unrouteable', 'hard', null, null, /^Unrouteable address$/],
  ['forwarded', 'block', 550, '5.7.26', /sender is unauthenticated/],
  ['forwarded-without-original', 'hard', 550, '5.1.1', /No such user/],
  ['gmail-domain-gone', 'soft', null, '4.0.0', /NXDOMAIN Domain name not found: example\.com$/],
  ['gmail-unknown-user', 'hard', 550, '5.1.1', /^550-5\.1\.1 The email account/],
  ['loose-fields', 'hard', 550, '5.2.1', /^550 Mailbox disabled$/],
  ['office365-authentication', 'block', 550, '5.7.515', /authentication level$/],
  ['office365-expired', 'soft', 550, '4.4.7', /QUEUE\.Expired/],
  ['office365-unknown-user', 'hard', 550, '5.1.10', /RecipientNotFound/],
  ['postfix-expired', 'soft', null, '4.4.1', /Connection timed out$/],
  ['postfix-local-unknown', 'hard', null, '5.1.1', /^unknown user: "ada"$/],
  ['postfix-unknown-user', 'hard', 550, '5.1.1', /User unknown in local recipient table$/],
  ['qmail-no-mailbox', 'hard', null, '5.1.1', /^Sorry, no mailbox here by that name\. \(#5\.1\.1\)$/],
  ['qmail-remote-refusal', 'block', 554, '5.7.1', /Remote host said: 554 5\.7\.1 Service unavailable/],
  ['sendmail', 'hard', 550, '5.1.1', /User unknown$/],
  ['sendmail-old', 'hard', 550, null, /User unknown/],
  ['ses-like', 'soft', 550, '4.4.7', /Message expired/],
  ['utf8-base64', 'hard', 550, '5.1.1', /gibt es nicht – no such user$/],
  ['yahoo-report', 'soft', 552, '5.0.0', /mailbox not found$/],
  ['yahoo-text', 'hard', 550, '5.1.1', /User unknown$/],
  ['yahoo-text-disabled', 'unknown', 554, null, /This mailbox is disabled/],
  ['zimbra-over-quota', 'soft', 552, '5.2.2', /Over quota$/],
];

/** Everything else: its kind, and the event that it gives. */
const OTHERS: [name: string, kind: string, event: string | undefined][] = [
  ['arf-abuse', 'complaint', 'email.complained'],
  ['arf-fraud-headers-only', 'complaint', 'email.complained'],
  ['arf-not-spam', 'notice', undefined],
  ['arf-yahoo', 'complaint', 'email.complained'],
  ['boundary-missing', 'unknown', undefined],
  ['cut-off', 'unknown', undefined],
  ['empty', 'unknown', undefined],
  ['exim-warning', 'delay', 'email.delivery_delayed'],
  ['gmail-delayed', 'delay', 'email.delivery_delayed'],
  ['jmrp', 'complaint', 'email.complained'],
  ['no-structure', 'unknown', undefined],
  ['ours-among-others', 'delivery', 'email.delivered'],
  ['out-of-office', 'notice', undefined],
  ['out-of-office-unmarked', 'notice', undefined],
  ['person', 'unknown', undefined],
  ['postfix-delayed', 'delay', 'email.delivery_delayed'],
  ['postfix-delivered', 'delivery', 'email.delivered'],
  ['postfix-relayed', 'notice', undefined],
  ['read-receipt', 'notice', undefined],
  ['unknown-action', 'unknown', undefined],
  ['vacation', 'notice', undefined],
];

describe('the corpus of reports', () => {
  test.each(BOUNCES)('%s is a %s bounce', async (name, reason, smtp_code, enhanced_code, words) => {
    const judgement = await judgementOn(await corpusReport(name, about));
    expect(judgement).toMatchObject({ kind: 'bounce', smtp_code, enhanced_code });
    expect(judgement.diagnostic).toMatch(words);
    expect(judgement.effect).toMatchObject({
      to: 'bounced',
      event: { type: 'email.bounced', detail: { bounce: { class: reason, smtp_code, enhanced_code } } },
      suppression: { reason, expires_at: reason === 'hard' ? null : DAY_LATER },
    });
  });

  test.each(OTHERS)('%s is a %s', async (name, kind, event) => {
    const judgement = await judgementOn(await corpusReport(name, about));
    expect(judgement.kind).toBe(kind);
    expect(judgement.effect?.event.type).toBe(event);
    expect(judgement.effect?.suppression?.reason).toBe(kind === 'complaint' ? 'complaint' : undefined);
  });

  test('is all in the two tables', async () => {
    const listed = [...BOUNCES, ...OTHERS].map(([name]) => name).toSorted();
    expect(listed).toEqual(await corpusNames());
  });

  test.each([...BOUNCES, ...OTHERS].map(([name]) => name))('%s says the same with bare LF', async (name) => {
    const source = await corpusReport(name, about);
    const bare = Buffer.from(source.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    expect(await judgementOn(bare)).toEqual(await judgementOn(source));
  });

  test('names the message wherever there is a header', async () => {
    for (const name of await corpusNames()) {
      const { mentions } = await readReport(await corpusReport(name, about), { timeout_ms: 5_000 });
      const signed = ['empty', 'no-structure'].includes(name) ? undefined : about.return_path.split('@')[0];
      expect([name, mentions.signed[0]]).toEqual([name, signed]);
    }
    const { mentions } = await readReport(await corpusReport('gmail-unknown-user', about), { timeout_ms: 5_000 });
    expect(mentions.message_ids).toContain(showId('msg', MESSAGE));
  });
});
