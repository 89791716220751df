import { expect, test } from 'vitest';
import { publicUrl } from './hosts.ts';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:8025'],
  ['0.0.0.0', 'http://127.0.0.1:8025'],
  ['::', 'http://[::1]:8025'],
  ['::1', 'http://[::1]:8025'],
  ['mail.example', 'http://mail.example:8025'],
])('bound to %s, links lead to %s', (host, url) => {
  expect(publicUrl({ public_url: undefined, host, port: 8025 })).toBe(url);
  expect(publicUrl({ public_url: 'https://mail.example', host, port: 8025 })).toBe('https://mail.example');
});

test('a port that the system has yet to choose is in no link', () => {
  expect(publicUrl({ public_url: undefined, host: '127.0.0.1', port: 0 })).toBeUndefined();
});
