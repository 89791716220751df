import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlight, type Language } from './highlight.ts';
import { html } from './html.ts';

const languages: Language[] = ['shell', 'typescript', 'python', 'go', 'json', 'http', 'text'];

test('colours add to the code and change nothing of it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...languages), fc.string({ maxLength: 200 }), (language, code) => {
      expect(highlight(code, language).text.replaceAll(/<span class="\w+">|<\/span>/g, '')).toBe(html`${code}`.text);
    }),
  );
});

test('names of JSON are told from its strings', () => {
  expect(highlight('{"to": "ada", "n": 1}', 'json').text).toBe(
    '{<span class="name">&quot;to&quot;</span>: <span class="string">&quot;ada&quot;</span>, ' +
      '<span class="name">&quot;n&quot;</span>: <span class="number">1</span>}',
  );
});

test('a word inside a string or a comment is no word of the language', () => {
  expect(highlight(`const a = 'const'; // const`, 'typescript').text).toBe(
    '<span class="word">const</span> a = <span class="string">&#39;const&#39;</span>; <span class="comment">// const</span>',
  );
});
