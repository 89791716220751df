import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { formatSecret, SECRET_BYTES, signatureHeaders } from './sign.ts';

const newSecret = () => formatSecret(randomBytes(SECRET_BYTES));
const signed = (body: string) => ({ id: 'evt_01k9zq7d8ye2wbn5w0c8v7x3mc', at: new Date(), body });
const body = '{"type":"email.delivered","data":{"subject":"Grüße 🎉"}}';

test('the standardwebhooks package verifies our signature', () => {
  const secret = newSecret();
  expect(new Webhook(secret).verify(body, signatureHeaders(signed(body), [secret]))).toEqual(JSON.parse(body));
});

test('our signature is the one that the standardwebhooks package makes', () => {
  const secret = newSecret();
  const to_sign = signed(body);
  const theirs = new Webhook(secret).sign(to_sign.id, to_sign.at, body);
  expect(signatureHeaders(to_sign, [secret])['webhook-signature']).toBe(theirs);
});

test('while a secret is being rotated the old one and the new one both verify', () => {
  const [current, previous] = [newSecret(), newSecret()];
  const headers = signatureHeaders(signed(body), [current, previous]);
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [current, previous]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
});

test('another secret, another body or another id does not verify', () => {
  const secret = newSecret();
  const headers = signatureHeaders(signed(body), [secret]);
  expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow();
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'evt_other' })).toThrow();
});

test('a secret is whsec_ and the base64 of 32 bytes', () => {
  expect(formatSecret(Buffer.alloc(32, 7))).toBe('whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=');
});
