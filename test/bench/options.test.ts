import { describe, expect, test } from 'vitest';
import { readArguments } from './options.ts';

describe('npm run bench', () => {
  test('runs everything when nothing is named', () => {
    expect(readArguments([])).toEqual({
      names: ['accept', 'relay', 'deliver', 'sign', 'track', 'inbound'],
      seconds: 10,
      emails: 20_000,
      profile: false,
      own_tools: false,
    });
  });

  test('runs what is named, as it is told to', () => {
    expect(readArguments(['relay', '--profile', '--own-tools', '--seconds=3', '--emails=500'])).toEqual({
      names: ['relay'],
      seconds: 3,
      emails: 500,
      profile: true,
      own_tools: true,
    });
  });

  test.each(['receive', '--profiles', '--seconds=none', '--seconds', '--seconds=0', '--emails=1.5'])(
    'refuses %s in a sentence that names it',
    (word) => {
      expect(() => readArguments([word])).toThrow(word);
    },
  );
});
