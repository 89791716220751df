import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ConnectionError, Koltrix } from '../../src/index.ts';
import { createMockKoltrix } from '../../src/testing/index.ts';
import { hello, rejectionOf } from '../support.ts';

describe('listen', () => {
  const mock = createMockKoltrix({ baseUrl: 'https://mail.acme.example' });
  beforeAll(() => mock.listen());
  afterEach(() => mock.reset());
  afterAll(() => mock.close());
  const koltrix = new Koltrix({ apiKey: 'kx_anything', baseUrl: 'https://mail.acme.example', maxRetries: 0 });

  test('catches what a client of its own sends', async () => {
    await koltrix.emails.send(hello);
    expect((await mock.inbox.waitFor({ to: 'ada@example.com' })).subject).toBe('Hi');
  });

  test('breaks connections as a network does', async () => {
    mock.fail('emails.send', { network: 'refused' });
    expect(await rejectionOf(koltrix.emails.send(hello))).toBeInstanceOf(ConnectionError);
  });

  test('carries the stream', async () => {
    const { id } = await koltrix.emails.send(hello);
    const first = (await koltrix.emails.listEvents(id)).data[0];
    const stream = koltrix.events.stream({}, { lastEventId: first?.id });
    expect((await stream.next()).value).toMatchObject({ type: 'email.sent' });
    await stream.return();
  });

  test('answers unknown paths as Koltrix does, and lets others pass', async () => {
    const unknown = await fetch('https://mail.acme.example/api/v2/nothing', {
      headers: { authorization: 'Bearer kx_anything' },
    });
    expect(await unknown.json()).toMatchObject({ status: 404, code: 'not-found', instance: '/api/v2/nothing' });
    const other = createServer((_, response) => response.end('other'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const passed = await fetch(`http://127.0.0.1:${(other.address() as AddressInfo).port}/api/v2/emails`);
    expect(await passed.text()).toBe('other');
    other.close();
  });
});

test('its handlers serve in an msw server of one’s own', async () => {
  const mock = createMockKoltrix();
  const server = setupServer(...mock.handlers(http));
  server.listen();
  try {
    await new Koltrix({ apiKey: 'kx_anything', baseUrl: 'http://127.0.0.1:8025' }).emails.send(hello);
  } finally {
    server.close();
  }
  expect(mock.requests[0]).toMatchObject({ operation: 'emails.send', status: 202, body: hello });
});
