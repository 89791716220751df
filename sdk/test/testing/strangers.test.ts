import { describe, expect, test } from 'vitest';
import { Koltrix } from '../../src/index.ts';
import { createMockKoltrix } from '../../src/testing/index.ts';
import { hello } from '../support.ts';

describe('a mock without a key of its own', () => {
  test.each(['test', 'kx_test', 'x'.repeat(300)])('takes the key of the code under test: %s', async (apiKey) => {
    const mock = createMockKoltrix();
    expect((await new Koltrix({ apiKey, fetch: mock.fetch }).emails.send(hello)).status).toBe('queued');
  });
});

describe('where AbortSignal is not that of the runtime, as in jsdom', () => {
  /** Enough of a signal for whoever listens to it; Node's `Request` refuses it. */
  class ForeignSignal extends EventTarget {
    aborted = false;
    reason: unknown;
    throwIfAborted(): void {
      if (this.aborted) throw this.reason;
    }
  }

  test('the mock answers, and an abort is one', async () => {
    const mock = createMockKoltrix();
    const signal = new ForeignSignal();
    const init = { headers: { authorization: 'Bearer test' }, signal: signal as unknown as AbortSignal };
    const url = 'http://127.0.0.1:8025/api/v2/account';
    expect(() => new Request(url, init)).toThrow();
    expect((await mock.fetch(url, init)).status).toBe(200);
    mock.delay('*', 60_000);
    const waiting = mock.fetch(url, init);
    Object.assign(signal, { aborted: true, reason: new Error('enough') }).dispatchEvent(new Event('abort'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
