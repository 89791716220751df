import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test.each([
  [{ KOLTRIX_ROLES: ',' }, /^KOLTRIX_ROLES: names no role$/],
  [{ KOLTRIX_ROLES: 'relay' }, /^KOLTRIX_API_URL: the role relay without the role api/],
  [{ KOLTRIX_ROLES: 'worker' }, /^DATABASE_URL: the role worker without the role api/],
  [
    { KOLTRIX_ROLES: 'inbound', KOLTRIX_BOUNCE_DOMAIN: 'bounces.acme.example' },
    /^DATABASE_URL: the role inbound without the role api/,
  ],
  [{ KOLTRIX_ROLES: 'api,inbound' }, /^KOLTRIX_BOUNCE_DOMAIN: the role inbound needs/],
])('a role that lacks what it needs is refused: %j', (env, words) => {
  expect(() => readConfig(env)).toThrow(words);
});

test('every fault is named at once', () => {
  const env = { KOLTRIX_ROLES: 'worker,relay', KOLTRIX_PORT: 'many' };
  expect(() => readConfig(env)).toThrow(/^KOLTRIX_PORT: .+\nKOLTRIX_API_URL: .+\nDATABASE_URL: .+$/);
});

test.each([
  [{ KOLTRIX_ROLES: 'relay', KOLTRIX_API_URL: 'http://api.internal:8025' }, ['relay']],
  [{ KOLTRIX_ROLES: 'worker', DATABASE_URL: 'postgres://localhost/koltrix' }, ['worker']],
  [{}, ['api', 'worker', 'relay']],
  [{ KOLTRIX_BOUNCE_DOMAIN: 'bounces.acme.example' }, ['api', 'worker', 'relay', 'inbound']],
])('a role that has it runs: %j', (env, roles) => {
  expect(readConfig(env).roles).toEqual(roles);
});
