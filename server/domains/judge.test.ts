import { describe, expect, test } from 'vitest';
import { judgeAlias, judgeDkim, judgeDmarc, judgeReturnPath } from './judge.ts';
import type { DnsAnswer } from './look-up.ts';

const KEY = `MII${'A'.repeat(380)}QAB`;
const found = (...values: string[]): DnsAnswer => ({ kind: 'found', values });
const none: DnsAnswer = { kind: 'none' };
const trouble: DnsAnswer = { kind: 'trouble', detail: 'did not answer in time' };

describe('a DKIM record', () => {
  test.each([
    ['as it was given', `v=DKIM1; k=rsa; p=${KEY}`],
    ['without version and kind, which are the defaults', `p=${KEY}`],
    ['without spaces, and with a last semicolon', `v=DKIM1;k=rsa;p=${KEY};`],
    ['with white space in the key', `v=DKIM1; k=rsa; p=${KEY.slice(0, 100)} \t${KEY.slice(100)}`],
    ['in test mode', `v=DKIM1; t=y; k=rsa; p=${KEY}`],
    ['that allows the hash and the service', `v=DKIM1; h=sha1:sha256; s=email; p=${KEY}`],
    ['for any service', `v=DKIM1; s=*; p=${KEY}`],
  ])('%s is verified', (_, text) => {
    expect(judgeDkim(found(text), KEY, false)).toEqual({ state: 'verified', found: [text], detail: null });
  });

  test.each([
    ['of another key', `v=DKIM1; k=rsa; p=${KEY.replace('AAA', 'BBB')}`, 'another key'],
    ['that is revoked', 'v=DKIM1; p=', 'revoked'],
    ['that is cut off', `v=DKIM1; k=rsa; p=${KEY.slice(0, 200)}`, 'cut off'],
    ['of another kind', `v=DKIM1; k=ed25519; p=${KEY}`, 'forbid'],
    ['that forbids SHA-256', `v=DKIM1; h=sha1; p=${KEY}`, 'forbid'],
    ['for another service', `v=DKIM1; s=tlsrpt; p=${KEY}`, 'forbid'],
    ['of another version', `v=DKIM2; p=${KEY}`, 'forbid'],
    ['that is SPF', 'v=spf1 -all', 'none that holds a DKIM key'],
    ['that is empty', '', 'none that holds a DKIM key'],
  ])('%s has failed, and says why', (_, text, words) => {
    const finding = judgeDkim(found(text), KEY, false);
    expect(finding).toMatchObject({ state: 'failed', found: [text] });
    expect(finding.detail).toContain(words);
  });

  test('among others is verified, with a warning', () => {
    const finding = judgeDkim(found('v=spf1 -all', `v=DKIM1; p=${KEY}`), KEY, false);
    expect(finding.state).toBe('verified');
    expect(finding.detail).toContain('other TXT records');
  });
});

test('nothing is pending, or failed where something was; no answer says nothing', () => {
  const judges = [
    (answer: DnsAnswer, was: boolean) => judgeDkim(answer, KEY, was),
    (answer: DnsAnswer, was: boolean) => judgeAlias(answer, 'mail.example', was),
    (answer: DnsAnswer, was: boolean) => judgeReturnPath(answer, answer, none, 'mail.example', was),
    (answer: DnsAnswer, was: boolean) => judgeDmarc(answer, undefined, was),
  ];
  for (const judge of judges) {
    expect(judge(none, false)).toMatchObject({ state: 'pending', found: [] });
    expect(judge(none, true)).toMatchObject({ state: 'failed', found: [] });
    expect(judge(trouble, true).state).toBe('unknown');
    expect(judge(trouble, false).detail).toContain('did not answer in time');
  }
});

describe('an alias', () => {
  test.each([
    ['of the target', ['mail.example'], 'verified'],
    ['of the target, in capitals and with a dot', ['Mail.Example.'], 'verified'],
    ['by way of another', ['cdn.example', 'mail.example'], 'verified'],
    ['of something else', ['other.example'], 'failed'],
    ['of a name that only ends alike', ['evilmail.example'], 'failed'],
  ])('%s is %3$s', (_, chain, state) => {
    expect(judgeAlias(found(...chain), 'mail.example', false).state).toBe(state);
  });
});

describe('a return path without an alias', () => {
  const mx = (...hosts: string[]) =>
    judgeReturnPath(none, found(...hosts), found('mx1.mail.example'), 'bounces.mail.example', false);

  test('is verified when its mail goes to us alone', () => {
    expect(mx('MX1.mail.example.').state).toBe('verified');
    expect(mx('bounces.mail.example').state).toBe('verified');
    expect(mx('mx1.mail.example', 'mx.other.example')).toMatchObject({
      state: 'failed',
      found: ['mx1.mail.example', 'mx.other.example'],
    });
  });

  test('is not known while DNS is silent about its mail', () => {
    expect(judgeReturnPath(none, trouble, none, 'bounces.mail.example', true).state).toBe('unknown');
    expect(judgeReturnPath(found('x.example'), trouble, none, 'bounces.mail.example', true).state).toBe('failed');
  });
});

describe('a DMARC policy', () => {
  test.each([
    ['of its own', found('v=DMARC1; p=reject'), undefined, 'verified'],
    ['of its own among other texts', found('hello', 'v=DMARC1;p=none'), undefined, 'verified'],
    ['given twice', found('v=DMARC1; p=none', 'v=DMARC1; p=reject'), undefined, 'failed'],
    ['of the domain above', none, found('v=DMARC1; p=none'), 'verified'],
    ['that is none', found('v=DMARC12; p=none'), undefined, 'failed'],
    ['that is nowhere', none, none, 'pending'],
  ])('%s is %4$s', (_, own, inherited, state) => {
    expect(judgeDmarc(own, inherited, false).state).toBe(state);
  });
});
