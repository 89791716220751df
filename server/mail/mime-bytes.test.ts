import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contents, plain, stamp } from './compose.test-support.ts';
import { type Content, treeOf } from './compose.ts';
import { mimeBytes } from './mime-bytes.ts';

/** Quoted-printable may break its lines wherever it likes; everything else is the same to the byte. */
const unbroken = (message: Buffer) => message.toString('latin1').replaceAll('=\r\n', '');

async function expectAsBuilt(content: Content): Promise<void> {
  // One tree, for each has boundaries of its own.
  const tree = treeOf(content, stamp);
  expect(unbroken(mimeBytes(tree))).toBe(unbroken(await tree.build()));
}

test('any message has the bytes that the composer’s own streams give', async () => {
  await fc.assert(fc.asyncProperty(contents, expectAsBuilt), { numRuns: 1_000 });
});

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 7) % 256)).toString('base64');

test.each<[string, Partial<Content>]>([
  ['a long line', { body_text: 'x'.repeat(5_000) }],
  ['a long line beyond ASCII', { body_text: 'ü漢😀 '.repeat(5_000) }],
  ['more text than one piece of a stream', { body_text: 'A line of text, not too long for itself.\n'.repeat(5_000) }],
  ['more HTML than one piece of a stream', { body_html: `<p>${'Grüße an alle, '.repeat(10_000)}</p>` }],
  ['white space at the end of each line', { body_text: 'a \nb\t\n \n=\n\tü  ' }],
  ['every kind of line end', { body_text: 'a\rb\nc\r\nd\n\re\r\r\n' }],
  ['no text at all', { body_text: '' }],
  ['nothing but an empty file', { body_text: '', attachments: [{ filename: 'empty.bin', content: '' }] }],
  [
    'text, HTML, inline images and attachments',
    {
      body_html: '<img src="cid:logo"><p>Grüße</p>',
      attachments: [
        { filename: 'logo.png', content: bytes(1_000), content_id: 'logo' },
        { filename: 'Rechnung für Jörg.pdf', content: bytes(200_000) },
        { filename: 'empty.bin', content: '' },
      ],
    },
  ],
  [
    'an attached message',
    {
      attachments: [
        { filename: 'seven.eml', content: btoa('Subject: Hi\n\nBody'), content_type: 'message/rfc822' },
        { filename: 'eight.eml', content: btoa('Subject: Hi\r\n\r\nlatin \xe9\r\n'), content_type: 'message/rfc822' },
      ],
    },
  ],
])('so has one with %s', (_what, change) => expectAsBuilt({ ...plain, ...change }));

test('quoted-printable keeps to lines of 76', () => {
  const message = mimeBytes(treeOf({ ...plain, body_text: 'Größe und Gewicht, '.repeat(10_000) }, stamp)).toString(
    'latin1',
  );
  expect(message).toContain('Content-Transfer-Encoding: quoted-printable');
  expect(Math.max(...message.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
});

test('a content that is not in memory is refused', () => {
  const tree = treeOf(plain, stamp).setContent({ path: '/etc/hostname' });
  expect(() => mimeBytes(tree)).toThrow(TypeError);
});
