import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { emitPublicTypes, emitResources, verbOf } from '../../spec/emit-resources.ts';
import { type Bundle, type Operation, operationsOf } from '../../spec/operations.ts';
import { Koltrix } from '../src/index.ts';

const contract: Bundle = JSON.parse(
  await readFile(new URL('../../server/generated/openapi.gen.json', import.meta.url), 'utf8'),
);
const operations = operationsOf(contract);
const operation = (tag: string, id: string) => ({ ...operations[0], tag, id }) as Operation;

describe('the resources', () => {
  test('are those that the contract says', async () => {
    const generated = new URL('../src/generated/resources.gen.ts', import.meta.url);
    expect(await readFile(generated, 'utf8')).toBe(emitResources(contract, operations));
    const types = new URL('../src/generated/public-types.gen.ts', import.meta.url);
    expect(await readFile(types, 'utf8')).toBe(emitPublicTypes(contract, operations));
  });

  test('hold a method for every operation of the contract', () => {
    const client = new Koltrix({ apiKey: 'kx_test' }) as unknown as Record<string, Record<string, unknown>>;
    for (const each of operations) {
      const resource = each.tag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      expect(client[resource]?.[verbOf(each)], `${resource}.${verbOf(each)}`).toBeTypeOf('function');
    }
  });

  test('refuse two operations with one name', () => {
    const twins = [operation('emails', 'sendEmail'), operation('emails', 'sendEmails')];
    expect(() => emitResources(contract, twins)).toThrow('emails.send');
  });
});

test.each([
  ['emails', 'sendEmail', 'send'],
  ['emails', 'sendEmailBatch', 'sendBatch'],
  ['emails', 'sendRawEmail', 'sendRaw'],
  ['emails', 'listEmails', 'list'],
  ['emails', 'listEmailEvents', 'listEvents'],
  ['events', 'streamEvents', 'stream'],
  ['webhooks', 'rotateWebhookSecret', 'rotateSecret'],
  ['webhooks', 'listWebhookDeliveries', 'listDeliveries'],
  ['test-messages', 'getTestMessageSource', 'getSource'],
  ['api-keys', 'revokeApiKey', 'revoke'],
  ['account', 'getAccount', 'get'],
  ['lists', 'addListingToList', 'addListingTo'],
  ['deliveries', 'listDeliveries', 'list'],
  ['stats', 'getTimeline', 'getTimeline'],
])('in %s the operation %s is called %s', (tag, id, verb) => {
  expect(verbOf(operation(tag, id))).toBe(verb);
});
