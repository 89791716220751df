import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newSecret, signatureHeaders } from './sign.ts';

const signed = (body: string) => ({ id: 'evt_01k9zq7d8ye2wbn5w0c8v7x3mc', at: new Date(), body });
const body = '{"type":"email.delivered","data":{"subject":"Grüße 🎉"}}';

test('the standardwebhooks package verifies our signature', () => {
  const secret = newSecret(randomBytes);
  expect(new Webhook(secret).verify(body, signatureHeaders(signed(body), [secret]))).toEqual(JSON.parse(body));
});

test('our signature is the one that the standardwebhooks package makes', () => {
  const secret = newSecret(randomBytes);
  const to_sign = signed(body);
  const theirs = new Webhook(secret).sign(to_sign.id, to_sign.at, body);
  expect(signatureHeaders(to_sign, [secret])['webhook-signature']).toBe(theirs);
});

test('while a secret is being rotated the old one and the new one both verify', () => {
  const [current, previous] = [newSecret(randomBytes), newSecret(randomBytes)];
  const headers = signatureHeaders(signed(body), [current, previous]);
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [current, previous]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
});

test('another secret, another body or another id does not verify', () => {
  const secret = newSecret(randomBytes);
  const headers = signatureHeaders(signed(body), [secret]);
  expect(() => new Webhook(newSecret(randomBytes)).verify(body, headers)).toThrow();
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'evt_other' })).toThrow();
});

test('a secret is whsec_ and the base64 of as many bytes as Standard Webhooks asks for, in letters and digits alone', () => {
  const [, text = ''] = /^whsec_([A-Za-z0-9]+)$/.exec(newSecret(randomBytes)) ?? [];
  expect(Buffer.from(text, 'base64')).toHaveLength(33);
  expect(Buffer.from(text, 'base64').toString('base64')).toBe(text);
});

test('a secret in the whole alphabet of base64, as earlier ones are, signs as well', () => {
  const secret = 'whsec_/+BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHc=';
  expect(() => new Webhook(secret).verify(body, signatureHeaders(signed(body), [secret]))).not.toThrow();
});
