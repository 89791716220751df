import { expect, test } from 'vitest';
import { parseDomainName, registeredDomain, unicodeName } from './name.ts';

test.each([
  ['acme.example', 'acme.example'],
  [' Mail.ACME.Example. ', 'mail.acme.example'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['BÜCHER.example', 'xn--bcher-kva.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
  ['acme.co.uk', 'acme.co.uk'],
  ['acme.github.io', 'acme.github.io'],
  ['1and1.example', '1and1.example'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
])('%s is the domain %s', (text, name) => {
  expect(parseDomainName(text)).toEqual({ name });
});

test.each([
  ['', 'not a domain name'],
  ['.', 'not a domain name'],
  ['acme', 'has no dot'],
  ['localhost', 'has no dot'],
  ['hello@acme.example', 'email address'],
  ['https://acme.example', 'URL'],
  ['acme.example/path', 'URL'],
  ['acme.example:25', 'port'],
  ['acme.example:', 'port'],
  ['*.acme.example', 'wildcard'],
  ['192.0.2.1', 'IP address'],
  ['0x7f.1', 'IP address'],
  ['[2001:db8::1]', 'IP address'],
  ['2001:db8::1', 'IP address'],
  ['[192.0.2.1]', 'IP address'],
  ['co.uk', 'public suffix'],
  ['github.io', 'public suffix'],
  ['公司.cn', 'public suffix'],
  ['com.', 'has no dot'],
  ['-acme.example', 'not a domain name'],
  ['ac me.example', 'not a domain name'],
  ['acme..example', 'not a domain name'],
  ['acme_mail.example', 'not a domain name'],
  ['acme.example\r\nX: y', 'not a domain name'],
  ['acme\0.example', 'not a domain name'],
  ['a%2eexample.com', 'not a domain name'],
  [`${'a'.repeat(64)}.example`, 'not a domain name'],
  [`${'a.'.repeat(120)}example`, 'too long'],
])('%j is refused', (text, words) => {
  expect(parseDomainName(text).fault).toContain(words);
});

test('a name is shown as people read it', () => {
  expect(unicodeName('xn--bcher-kva.example')).toBe('bücher.example');
  expect(unicodeName('acme.example')).toBe('acme.example');
});

test.each([
  ['mail.acme.co.uk', 'acme.co.uk'],
  ['acme.example', 'acme.example'],
  ['a.b.c.acme.example', 'acme.example'],
  ['x.acme.github.io', 'acme.github.io'],
])('of %s the registered domain is %s', (name, registered) => {
  expect(registeredDomain(name)).toBe(registered);
});
