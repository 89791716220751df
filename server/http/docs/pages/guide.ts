import { Marked } from 'marked';
import { highlight, type Language } from '../highlight.ts';
import { Html, html } from '../html.ts';
import { layout } from './layout.ts';

export interface Guide {
  /** The end of its path, and the name of its file in `guides/`. */
  name: string;
  title: string;
}

export const guides: readonly Guide[] = [
  { name: 'idempotency', title: 'Idempotency and retries' },
  { name: 'webhooks', title: 'Webhooks' },
  { name: 'testing', title: 'Testing' },
  { name: 'smtp', title: 'SMTP' },
  { name: 'domains', title: 'Sending domains' },
  { name: 'going-live', title: 'Going live' },
  { name: 'migrating', title: 'Moving to Koltrix' },
];

const LANGUAGES: Record<string, Language> = {
  sh: 'shell',
  ts: 'typescript',
  js: 'typescript',
  python: 'python',
  go: 'go',
  json: 'json',
  http: 'http',
};

/** Guides are files of ours, so their markup is trusted. */
const reader = new Marked({
  renderer: {
    code({ text, lang = '' }) {
      const language = LANGUAGES[lang.split(' ', 1)[0] as string] ?? 'text';
      return html`<figure class="panel"><pre tabindex="0"><code>${highlight(text, language)}</code></pre></figure>`
        .text;
    },
    heading({ tokens, depth, text }) {
      const id = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
      const inner = new Html(this.parser.parseInline(tokens));
      return html`${new Html(`<h${depth} id="${id}">`)}<a class="anchor" href="#${id}">${inner}</a>${new Html(`</h${depth}>`)}`
        .text;
    },
  },
});

/** One guide; `source` is Markdown that begins with its title. */
export function guidePage({ title }: Guide, source: string): Html {
  const body = source.replace(/^# .*\n/, '');
  return layout(
    `${title} · Koltrix`,
    navigation,
    html`<header><h1>${title}</h1></header><section class="plain guide">${new Html(reader.parse(body, { async: false }))}</section>`,
  );
}

export const guideLinks = html`<ul>${guides.map(({ name, title }) => html`<li><a href="/docs/guides/${name}">${title}</a></li>`)}</ul>`;

const navigation = html`<h2>Guides</h2>${guideLinks}<h2><a href="/docs">Reference</a></h2><h2><a href="/problems">Problem codes</a></h2>`;
