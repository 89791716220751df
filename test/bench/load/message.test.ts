import { describe, expect, test } from 'vitest';
import { emailJson, emailMime, numbered } from './message.ts';

describe.each([
  ['for REST', emailJson],
  ['for SMTP', emailMime],
])('the message %s', (_door, template) => {
  test('is of 2 KB, whatever its number', () => {
    expect(2_048 - Buffer.byteLength(template)).toBeGreaterThanOrEqual(0);
    expect(2_048 - Buffer.byteLength(template)).toBeLessThan(100);
    expect(numbered(template, 4_711)).toHaveLength(template.length);
  });

  test('has its own recipient for each number', () => {
    expect(numbered(template, 4_711)).toContain('user00004711@example.com');
  });
});

test('the message for SMTP can follow DATA as it is: lines end in CRLF and none begins with a dot', () => {
  expect(emailMime.endsWith('\r\n')).toBe(true);
  expect(emailMime.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(emailMime).not.toMatch(/^\./m);
});
