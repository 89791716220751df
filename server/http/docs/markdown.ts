import { type Html, html } from './html.ts';

/** The little of Markdown that the contract's descriptions use: paragraphs, lists, `code` and **bold**. */
export function markdown(text: string): Html {
  const blocks = text.trim().split(/\n\s*\n/);
  return html`${blocks.map((block) => blockOf(block.split('\n')))}`;
}

/** The same without blocks, for table cells and one-liners. */
export function inline(text: string): Html {
  const parts = text.trim().split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  return html`${parts.map((part, i) => {
    if (i % 2 === 0) return part;
    return part.startsWith('`') ? html`<code>${part.slice(1, -1)}</code>` : html`<strong>${part.slice(2, -2)}</strong>`;
  })}`;
}

function blockOf(lines: string[]): Html {
  const first = lines.findIndex((line) => /^\s*- /.test(line));
  if (first < 0) return html`<p>${inline(lines.join('\n'))}</p>`;
  const lead = lines.slice(0, first).join('\n');
  const items = lines
    .slice(first)
    .join('\n')
    .split(/^\s*- /m)
    .filter((item) => item.trim());
  return html`${lead && html`<p>${inline(lead)}</p>`}<ul>${items.map((item) => html`<li>${inline(item)}</li>`)}</ul>`;
}
