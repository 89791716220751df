import { describe, expect, test } from 'vitest';
import { faultOfUrl } from './guard-url.ts';

const strict = { allow_insecure: false, allowed_networks: [] };
const development = { allow_insecure: true, allowed_networks: [] };

describe('a URL that is accepted', () => {
  test.each([
    'https://hooks.acme.example/koltrix',
    'https://hooks.acme.example:8443/a/b?token=1&x=%0d%0a',
    'https://HOOKS.acme.example',
    'https://bücher.example/',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]:443/',
    'https://localhost.acme.example/',
  ])('%s', (url) => {
    expect(faultOfUrl(url, strict)).toBeUndefined();
  });
});

describe('a URL that is refused', () => {
  test.each([
    ['http://hooks.acme.example/', /https/],
    ['ftp://hooks.acme.example/', /https/],
    ['file:///etc/passwd', /absolute URL/],
    ['https:hooks.acme.example', /absolute URL/],
    ['https:///hooks.acme.example', /absolute URL/],
    ['https://', /absolute URL/],
    ['/koltrix', /absolute URL/],
    ['https://user@hooks.acme.example/', /user name/],
    ['https://user:secret@hooks.acme.example/', /user name/],
    ['https://hooks.acme.example/#part', /fragment/],
    ['https://hooks.acme.example/#', /fragment/],
    ['https://hooks.acme.example:0/', /port/],
    ['https://hooks.acme.example:99999/', /absolute URL/],
    ['https://hooks.acme.example./', /dot/],
  ])('%s', (url, why) => {
    expect(faultOfUrl(url, strict)).toMatch(why);
  });
});

describe('a URL that would smuggle a header, or that parsers read in different ways', () => {
  test.each([
    'https://hooks.acme.example/\r\nX-Injected: 1',
    'https://hooks.acme.example/\nX-Injected: 1',
    'https://hooks.acme.example/a\tb',
    'https://hooks.acme.example/a b',
    'https://hooks.acme.example/\u0000',
    'https://hooks.acme.example\u0085/',
    ' https://hooks.acme.example/',
    'https:\\\\hooks.acme.example\\',
    'https://hooks.acme.example\\@127.0.0.1/',
  ])('%j is refused', (url) => {
    expect(faultOfUrl(url, development)).toMatch(/control characters/);
  });
});

describe('an address that is not public is refused, however it is written', () => {
  test.each([
    'https://127.0.0.1/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0.0.0.0/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://127.0.1/',
    'https://%31%32%37.0.0.1/',
    'https://127。0。0。1/',
    'https://①②⑦.0.0.1/',
    'https://127.0.0.1./',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[0:0:0:0:0:ffff:a9fe:a9fe]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1%25eth0]/',
  ])('%s', (url) => {
    expect(faultOfUrl(url, strict)).toBeDefined();
  });

  test('also where the odd form stands for a public address', () => {
    for (const url of ['https://134744072/', 'https://0x8.8.8.8/', 'https://010.8.8.8/']) {
      expect(faultOfUrl(url, strict)).toMatch(/four decimal numbers/);
    }
  });
});

describe('a local name is refused', () => {
  test.each([
    'https://localhost/',
    'https://LOCALHOST/',
    'https://api.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://router.home.arpa/',
    'https://intranet/',
    'https://intranet:8443/x',
  ])('%s', (url) => {
    expect(faultOfUrl(url, strict)).toMatch(/local name|public address/);
  });
});

test('development allows http and loopback, and no other private target', () => {
  for (const url of [
    'http://localhost:3000/x',
    'http://127.0.0.1:3000/',
    'http://[::1]:3000/',
    'http://app.localhost/',
  ]) {
    expect(faultOfUrl(url, development)).toBeUndefined();
    expect(faultOfUrl(url, strict)).toBeDefined();
  }
  for (const url of ['http://10.0.0.1/', 'http://169.254.169.254/', 'http://db.internal/', 'ftp://localhost/']) {
    expect(faultOfUrl(url, development)).toBeDefined();
  }
});

test('where private networks are allowed, local names may lead there; https stays required', () => {
  const allowing = { allow_insecure: false, allowed_networks: ['10.0.0.0/8'] };
  for (const url of ['https://hooks.internal/', 'https://10.1.2.3/']) expect(faultOfUrl(url, allowing)).toBeUndefined();
  for (const url of ['https://192.168.0.1/', 'http://10.1.2.3/']) expect(faultOfUrl(url, allowing)).toBeDefined();
});
