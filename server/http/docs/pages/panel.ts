import { highlight, type Language } from '../highlight.ts';
import { type Html, html } from '../html.ts';
import { pretty } from '../json.ts';
import { languages, type Sample } from '../samples/index.ts';

/** A titled block of code. */
export function panel(title: Html | string, code: string, language: Language): Html {
  return html`<figure class="panel"><figcaption>${title}</figcaption>${block(code, language)}</figure>`;
}

/** The same call in every language; the page's switch says which one shows. */
export function samplePanel(title: Html | string, samples: readonly Sample[]): Html {
  const tabs = languages.map(({ id, label }) => html`<label for="language-${id}">${label}</label>`);
  return html`<figure class="panel"><figcaption>${title}<span class="tabs">${tabs}</span></figcaption>${samples.map(
    ({ id, code, language }) => html`<div class="sample sample-${id}">${block(code, language)}</div>`,
  )}</figure>`;
}

/** An example body: JSON laid out, anything else as it is. */
export function examplePanel(title: Html | string, value: unknown): Html {
  return typeof value === 'string' ? panel(title, value.trim(), 'http') : panel(title, pretty(value), 'json');
}

const block = (code: string, language: Language) =>
  html`<pre tabindex="0"><code>${highlight(code, language)}</code></pre>`;
