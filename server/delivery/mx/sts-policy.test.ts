import { describe, expect, test } from 'vitest';
import { announcedId, isNamed, parsePolicy } from './sts-policy.ts';

describe('the id of a policy', () => {
  test.each<[string[], string | undefined]>([
    [['v=STSv1; id=20260101T000000;'], '20260101T000000'],
    [['v=STSv1;id=a1'], 'a1'],
    [['v=spf1 -all', 'v=STSv1; id=7; x=y;'], '7'],
    [['v=STSv1; id=1', 'v=STSv1; id=2'], undefined],
    [['v=STSv1'], undefined],
    [['v=STSv1; id=has-dash'], undefined],
    [['v=STSv2; id=1'], undefined],
    [[], undefined],
  ])('of %j is %s', (records, id) => {
    expect(announcedId(records)).toBe(id);
  });
});

describe('a policy', () => {
  test('is read from its lines, whatever ends them, and unknown ones are passed over', () => {
    const text = 'version: STSv1\r\nmode: enforce\nmx: MX.example\r\nmx: *.example.net\nmax_age: 604800\nfoo: bar\n';
    expect(parsePolicy(text)).toEqual({ mode: 'enforce', mx: ['mx.example', '*.example.net'], max_age_s: 604_800 });
  });

  test.each([
    ['of another version', 'version: STSv2\nmode: enforce\nmx: a\nmax_age: 1'],
    ['of no mode', 'version: STSv1\nmx: a\nmax_age: 1'],
    ['of an unknown mode', 'version: STSv1\nmode: strict\nmx: a\nmax_age: 1'],
    ['that names no host', 'version: STSv1\nmode: enforce\nmax_age: 1'],
    ['of a negative age', 'version: STSv1\nmode: enforce\nmx: a\nmax_age: -1'],
    ['that is a web page', '<html><body>Not found</body></html>'],
    ['that is nothing', ''],
  ])('%s is none', (_name, text) => {
    expect(parsePolicy(text)).toBeUndefined();
  });

  test('lasts a year at most, and may say that there is none', () => {
    expect(parsePolicy('version: STSv1\nmode: none\nmax_age: 99999999999')).toEqual({
      mode: 'none',
      mx: [],
      max_age_s: 31_557_600,
    });
  });
});

describe('a host is named', () => {
  const policy = { mx: ['mx.example', '*.mail.example'] };
  test.each([
    ['mx.example', true],
    ['a.mail.example', true],
    ['a.b.mail.example', false],
    ['mail.example', false],
    ['amail.example', false],
    ['mx.example.evil', false],
  ])('%s: %s', (host, expected) => {
    expect(isNamed(policy, host)).toBe(expected);
  });
});
