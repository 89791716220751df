import { expect, test } from 'vitest';
import { html } from './html.ts';

test('values are escaped, in text and in attributes', () => {
  expect(html`<p title="${'"><script>'}">${"Ada & <b>Bob's</b>"}</p>`.text).toBe(
    '<p title="&quot;&gt;&lt;script&gt;">Ada &amp; &lt;b&gt;Bob&#39;s&lt;/b&gt;</p>',
  );
});

test('markup stays markup, lists are joined, and nothing leaves nothing', () => {
  expect(html`<ul>${['<', html`<li>${1}</li>`]}${false}${undefined}</ul>`.text).toBe('<ul>&lt;<li>1</li></ul>');
});

test('what only looks like markup is text', () => {
  const forged = JSON.parse('{"text":"<script>"}');
  expect(() => html`${forged}`.text).toThrow();
});
