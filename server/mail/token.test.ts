import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokens, type TokenPurpose } from './token.ts';

const ID = '019a7f3b-6c2d-7e11-8a4f-0123456789ab';
const PURPOSES: TokenPurpose[] = ['verp', 'open', 'click', 'unsubscribe'];
const tokens = createTokens('a secret for tests alone');

test('a token says again what it was made of, and with its prefix fits the local part of an address', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PURPOSES), fc.uuid(), fc.uint8Array({ maxLength: 32 }), (purpose, id, detail) => {
      const read = tokens.read(purpose, tokens.sign(purpose, id, detail));
      expect(read).toEqual({ message_id: id, detail: Buffer.from(detail) });
    }),
  );
  expect(tokens.sign('verp', ID)).toMatch(/^[0-9a-hj-km-np-tv-z]{44}$/);
});

test('a token of one purpose is a forgery for every other', () => {
  for (const made of PURPOSES) {
    for (const wanted of PURPOSES) {
      expect(tokens.read(wanted, tokens.sign(made, ID)) !== undefined).toBe(made === wanted);
    }
  }
});

test('a mailer that folds the case does no harm', () => {
  expect(tokens.read('verp', tokens.sign('verp', ID).toUpperCase())?.message_id).toBe(ID);
});

test('a change of any character, a missing end and an addition are noticed', () => {
  const token = tokens.sign('click', ID, Buffer.from([7]));
  for (let at = 0; at < token.length; at++) {
    for (const other of '0123456789abcdefghjkmnpqrstvwxyz') {
      if (other === token[at]) continue;
      expect(tokens.read('click', token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
    }
    expect(tokens.read('click', token.slice(0, at))).toBeUndefined();
  }
  for (const more of ['0', '00', '0'.repeat(8), 'z', '=', ' ']) {
    expect(tokens.read('click', token + more)).toBeUndefined();
  }
});

test('nothing that is not a token is taken for one', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => tokens.read('open', text) === undefined));
  expect(tokens.read('open', 'z'.repeat(1_000_000))).toBeUndefined();
});

test('after a rotation old tokens still work, and without the old secret they do not', () => {
  const old = tokens.sign('unsubscribe', ID);
  const rotated = createTokens('the next secret of the tests', ['one from before that', 'a secret for tests alone']);
  expect(rotated.read('unsubscribe', old)?.message_id).toBe(ID);
  expect(rotated.sign('unsubscribe', ID)).not.toBe(old);
  expect(tokens.read('unsubscribe', rotated.sign('unsubscribe', ID))).toBeUndefined();
  expect(createTokens('the next secret of the tests').read('unsubscribe', old)).toBeUndefined();
});
