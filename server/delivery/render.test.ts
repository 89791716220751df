import { describe, expect, test } from 'vitest';
import type { ContentRow } from '../store/emails.sql.ts';
import { newId, showId } from '../store/ids.ts';
import { type Rendering, render } from './render.ts';

const row = (changes: Partial<ContentRow> = {}): ContentRow => ({
  tenant_id: newId(),
  id: newId(),
  source: 'rest',
  mail_from: 'hello@acme.example',
  from_address: 'hello@acme.example',
  format: 'composed',
  created_at: new Date('2026-01-01T00:00:00Z'),
  size_bytes: 0,
  content: null,
  ...changes,
});

const rendering = (changes: Partial<ContentRow> = {}): Rendering => ({
  row: row(changes),
  is_shared: true,
  built: undefined,
  marks: undefined,
});
const composed = (changes: object = {}) =>
  JSON.stringify({ from: 'hello@acme.example', to: ['ada@example.test'], subject: 'Hi', body_text: 'Hi', ...changes });
const unsigned = { marks: undefined, signer: undefined, at: new Date('2026-01-01T00:00:00Z') };
const ids = (message: Buffer) => [...message.toString().matchAll(/^Message-ID: (.*)$/gim)].map((m) => m[1]?.trim());

describe('a composed message', () => {
  test('has a Message-ID of each copy’s own, the same over all tries', async () => {
    const email = rendering();
    const [one, two] = [newId(), newId()];
    const copies = await Promise.all([one, two, one].map((id) => render(email, composed(), id, unsigned)));
    const wanted = [one, two, one].map((id) => [`<${showId('msg', id)}@acme.example>`]);
    expect(copies.map(ids)).toEqual(wanted);
    expect(await render(rendering({ ...email.row }), composed(), one, unsigned)).toEqual(copies[0]);
  });

  test('keeps a Message-ID that its text quotes', async () => {
    const quoted = `Message-ID: <msg_${'0'.repeat(26)}@acme.example>`;
    const id = newId();
    const message = (await render(rendering(), composed({ body_text: quoted }), id, unsigned)).toString();
    expect(message).toContain(quoted);
    expect(message.indexOf(showId('msg', id))).toBeLessThan(message.indexOf('\r\n\r\n'));
  });

  test('that cannot be built is an error', async () => {
    await expect(render(rendering(), 'not json', newId(), unsigned)).rejects.toThrow();
  });
});

describe('a raw message', () => {
  const raw = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');

  test('keeps the Message-ID that it came with, and every byte of its body', async () => {
    const body = '\n.dot\n\n  8-bit: \xfc\n';
    const source = raw(`From: hello@acme.example\nMessage-ID: <mine@acme.example>\nDate: now\n${body}`);
    const message = await render(rendering({ format: 'raw' }), source, newId(), unsigned);
    expect(ids(message)).toEqual(['<mine@acme.example>']);
    expect(message.subarray(message.indexOf('\r\n\r\n') + 2)).toEqual(raw(body));
  });

  test('gets what is missing, and one Message-ID a copy', async () => {
    const id = newId();
    const message = await render(rendering({ format: 'raw' }), raw('Subject: Hi\n\nHi\n'), id, unsigned);
    expect(ids(message)).toEqual([`<${showId('msg', id)}@acme.example>`]);
    expect(message.toString()).toMatch(/^From: hello@acme\.example\r$/m);
    expect(message.toString()).toMatch(/^Date: Thu, 01 Jan 2026 00:00:00 \+0000\r$/m);
  });

  test('keeps the header of a message inside it', async () => {
    const inner = `Message-ID: <msg_${'0'.repeat(26)}@acme.example>`;
    const message = await render(
      rendering({ format: 'raw' }),
      raw(`From: hello@acme.example\nMessage-ID: <mine@acme.example>\n\n${inner}\n`),
      newId(),
      unsigned,
    );
    expect(message.toString()).toContain(`\r\n\r\n${inner}`);
  });

  test('without a body, or with an odd Message-ID, is left as it is', async () => {
    for (const header of ['Message-ID:', 'message-id : <odd@acme.example>', 'Message-ID:\n <folded@acme.example>']) {
      const message = await render(
        rendering({ format: 'raw' }),
        raw(`From: a@acme.example\n${header}\n`),
        newId(),
        unsigned,
      );
      expect(message.toString()).toContain(header.replaceAll('\n', '\r\n'));
      expect(message.toString().match(/^message-id\s*:/gim)).toHaveLength(1);
    }
  });
});
