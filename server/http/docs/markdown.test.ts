import { expect, test } from 'vitest';
import { inline, markdown } from './markdown.ts';

test('blank lines part paragraphs', () => {
  expect(markdown('One\nline.\n\nAnother.\n').text).toBe('<p>One\nline.</p><p>Another.</p>');
});

test('code and bold are marked, and their content is text', () => {
  expect(inline('`<b>` is **very** a*b').text).toBe('<code>&lt;b&gt;</code> is <strong>very</strong> a*b');
});

test('a list may follow its introduction and run over lines', () => {
  expect(markdown('Scopes:\n- `send`\n- `read`\nand more').text).toBe(
    '<p>Scopes:</p><ul><li><code>send</code></li><li><code>read</code>\nand more</li></ul>',
  );
});
