import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startRelay } from '../main.ts';
import { givenRelay } from './support/given.ts';
import { connect } from './support/smtp-client.ts';

describe('a relay that stops', () => {
  test('tells idle clients 421 at once and refuses new ones', async () => {
    const given = await givenRelay();
    const client = await given.loggedIn();
    const closed = given.relay.close();
    expect(await client.reply()).toMatch(/^421 4\.3\.2 /);
    await closed;
    await expect(connect(given.relay.port)).rejects.toThrow('ECONNREFUSED');
  });

  test('lets a message under way be finished and answered first', async () => {
    const given = await givenRelay({ drain_timeout_ms: 5_000 });
    const client = await given.loggedIn();
    await client.startData();
    const closed = given.relay.close();
    client.write('Subject: Hi\r\n\r\nHel');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await client.command('lo\r\n.')).toBe('250 2.0.0 Accepted em_1');
    expect(await client.reply()).toMatch(/^421 4\.3\.2 /);
    await closed;
  });

  test('cuts off whoever does not come to an end, and hands on nothing of it', async () => {
    const given = await givenRelay({ drain_timeout_ms: 150 });
    const client = await given.loggedIn();
    await client.startData();
    client.write('Subject: Hi\r\n\r\nHel');
    await given.relay.close();
    expect(await client.reply()).toMatch(/^421 4\.3\.2 /);
    await client.closed;
    expect(given.api.received).toEqual([]);
  });

  test('begins no new message', async () => {
    const given = await givenRelay({ drain_timeout_ms: 1_000 });
    const client = await given.loggedIn();
    await client.command('MAIL FROM:<app@acme.test>');
    const closed = given.relay.close();
    client.write('RSET\r\nMAIL FROM:<app@acme.test>\r\n');
    expect(await client.reply()).toMatch(/^250 /);
    expect(await client.reply()).toMatch(/^421 4\.3\.2 /);
    await closed;
  });

  test('may be told so twice', async () => {
    const { relay } = await givenRelay();
    await Promise.all([relay.close(), relay.close()]);
  });
});

test('a relay whose port is taken does not start, and says so', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const lines: string[] = [];
  const log = { info: () => {}, warn: () => {}, error: (_fields: object, message: string) => lines.push(message) };
  const starting = startRelay({ host: '127.0.0.1', port, apiUrl: 'http://127.0.0.1:1', log });
  await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(lines).toEqual([]);
  holder.close();
});

test('a relay whose API URL is none does not start', async () => {
  await expect(givenRelay({}, { apiUrl: 'localhost' })).rejects.toThrow('not a URL');
});
