import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AttachmentSource, attachment, isKoltrixError } from '../src/index.ts';
import { rejectionOf } from './support.ts';

const bytes = Uint8Array.from({ length: 100_003 }, (_, i) => (i * 31) % 256);
const base64 = Buffer.from(bytes).toString('base64');

let folder: string;
const network = setupServer();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koltrix-attachments-'));
  await writeFile(join(folder, 'Grüße & mehr.pdf'), bytes);
  network.listen({ onUnhandledFrame: 'error' });
});
afterEach(() => {
  network.resetHandlers();
  vi.unstubAllGlobals();
});
afterAll(async () => {
  network.close();
  await rm(folder, { recursive: true });
});

/** Test runners such as Jest give each test file a realm, so that its `Uint8Array` is not the one that we know. */
const inAnotherRealm = (source: Uint8Array): Uint8Array => runInNewContext('new Uint8Array(source)', { source });

async function* pieces() {
  yield bytes.subarray(0, 7);
  yield bytes.subarray(7);
}

describe('an attachment', () => {
  test.each<[string, () => AttachmentSource]>([
    ['bytes', () => bytes],
    ['a part of a buffer', () => new Uint8Array([0, ...bytes, 0]).subarray(1, -1)],
    ['an ArrayBuffer', () => bytes.slice().buffer],
    ['a Blob', () => new Blob([bytes])],
    ['a web stream', () => new Blob([bytes]).stream()],
    ["a stream of Node's", () => createReadStream(join(folder, 'Grüße & mehr.pdf'))],
    ['a generator', pieces],
    ['bytes of another realm', () => inAnotherRealm(bytes)],
    ['a stream of them', () => Readable.from([inAnotherRealm(bytes)])],
    ['a path', () => join(folder, 'Grüße & mehr.pdf')],
    ['a file: URL', () => pathToFileURL(join(folder, 'Grüße & mehr.pdf'))],
    ['a Response', () => new Response(bytes)],
  ])('is read byte for byte from %s', async (_, source) => {
    expect(await attachment(source(), { filename: 'a.bin', content_type: 'application/x-a' })).toEqual({
      filename: 'a.bin',
      content_type: 'application/x-a',
      content: base64,
    });
  });

  test('takes its name from a path and from a file: URL, and leaves the type to the server', async () => {
    const path = join(folder, 'Grüße & mehr.pdf');
    for (const source of [path, pathToFileURL(path)]) {
      expect(await attachment(source)).toEqual({ filename: 'Grüße & mehr.pdf', content: base64 });
    }
  });

  test('takes name and type from a File, unless told otherwise', async () => {
    const file = new File(['hi'], 'hi.txt', { type: 'text/plain' });
    expect(await attachment(file)).toEqual({ filename: 'hi.txt', content_type: 'text/plain', content: 'aGk=' });
    expect(await attachment(file, { filename: 'ho.md', content_type: 'text/markdown', content_id: 'note' })).toEqual({
      filename: 'ho.md',
      content_type: 'text/markdown',
      content_id: 'note',
      content: 'aGk=',
    });
  });

  test('may be empty', async () => {
    expect(await attachment(new Uint8Array(), { filename: 'empty' })).toEqual({ filename: 'empty', content: '' });
  });

  test.each([
    ['its URL', undefined, 'Q3 report.pdf'],
    ['a quoted name', 'attachment; filename="the report.pdf"', 'the report.pdf'],
    ['a bare name', 'inline; filename=report.pdf', 'report.pdf'],
    [
      'an extended name before a plain one',
      `attachment; filename="x"; filename*=UTF-8''gr%C3%BC%C3%9Fe.pdf`,
      'grüße.pdf',
    ],
  ])('of a URL is called by %s', async (_, disposition, filename) => {
    const headers = { 'content-type': 'application/pdf', ...(disposition && { 'content-disposition': disposition }) };
    network.use(
      http.get('https://files.example/a/Q3%20report.pdf', () => new HttpResponse(bytes, { status: 200, headers })),
    );
    const url = new URL('https://files.example/a/Q3%20report.pdf?token=secret');
    const expected = { filename, content_type: 'application/pdf', content: base64 };
    expect(await attachment(url)).toEqual(expected);
    expect(await attachment(await fetch(url))).toEqual(expected);
  });

  test("of a URL comes through the caller's own fetch when there is one", async () => {
    const mine = vi.fn(async () => new Response('hi', { headers: { 'content-type': 'text/plain' } }));
    expect(await attachment(new URL('https://files.example/hi.txt'), { fetch: mine })).toMatchObject({
      filename: 'hi.txt',
      content: 'aGk=',
    });
    expect(mine).toHaveBeenCalledOnce();
  });

  test('is refused when its URL has no file, without the query, which may be a password', async () => {
    network.use(http.get('https://files.example/a.pdf', () => new HttpResponse('no', { status: 403 })));
    const error = await rejectionOf(attachment(new URL('https://files.example/a.pdf?token=secret')));
    expect(isKoltrixError(error)).toBe(true);
    expect(String(error)).toContain('https://files.example/a.pdf answers 403');
    expect(String(error)).not.toContain('secret');
  });

  test('lets go of an answer that it refuses', async () => {
    const cancel = vi.fn();
    const answer = new Response(new ReadableStream({ cancel }), { status: 403 });
    expect(isKoltrixError(await rejectionOf(attachment(answer)))).toBe(true);
    expect(cancel).toHaveBeenCalledOnce();
  });

  test('is refused without a name, and lets go of its stream', async () => {
    const cancel = vi.fn();
    const error = await rejectionOf(attachment(new ReadableStream({ cancel })));
    expect(isKoltrixError(error)).toBe(true);
    expect(String(error)).toContain('filename');
    expect(cancel).toHaveBeenCalledOnce();
  });

  test.each([null, undefined, 5, {}, true])('is refused where there is nothing to attach: %s', async (source) => {
    const error = await rejectionOf(attachment(source as unknown as Blob, { filename: 'photo.jpg' }));
    expect(isKoltrixError(error)).toBe(true);
    expect(String(error)).toContain('nothing to attach');
  });

  test('is refused before it fills the memory, and lets go of its stream', async () => {
    let read_bytes = 0;
    let isReleased = false;
    async function* endless() {
      try {
        for (;;) {
          read_bytes += 2 ** 20;
          yield new Uint8Array(2 ** 20);
        }
      } finally {
        isReleased = true;
      }
    }
    const error = await rejectionOf(attachment(endless(), { filename: 'endless' }));
    expect(isKoltrixError(error)).toBe(true);
    expect(String(error)).toContain('too large');
    expect(read_bytes).toBeLessThan(25 * 2 ** 20);
    expect(isReleased).toBe(true);
  });

  test('is refused from a stream of text, whose encoding nobody knows', async () => {
    const text = createReadStream(join(folder, 'Grüße & mehr.pdf'), 'latin1') as AsyncIterable<never>;
    const error = await rejectionOf(attachment(text, { filename: 'a' }));
    expect(isKoltrixError(error)).toBe(true);
    expect(String(error)).toContain('bytes');
  });

  test('that cannot be read rejects with the reason', async () => {
    expect(await rejectionOf(attachment(join(folder, 'nowhere.pdf')))).toMatchObject({ code: 'ENOENT' });
  });

  test('cannot be a path where there are no files, and says so', async () => {
    vi.stubGlobal('process', undefined);
    const error = await rejectionOf(attachment('report.pdf'));
    vi.unstubAllGlobals();
    expect(isKoltrixError(error)).toBe(true);
    expect(String(error)).toContain('no files');
  });
});
