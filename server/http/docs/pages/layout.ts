import { type Html, html } from '../html.ts';
import { languages } from '../samples/index.ts';

/** A whole page. Style and script are files of this server; nothing is loaded from elsewhere. */
export function layout(title: string, navigation: Html, main: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" type="image/svg+xml" href="/docs/icon.svg">
<link rel="stylesheet" href="/docs/page.css">
<script src="/docs/page.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${languages.map(
  ({ id, label }, i) =>
    html`<input class="language" type="radio" name="language" id="language-${id}" aria-label="Samples in ${label}"${i === 0 && html` checked`}>`,
)}
<nav aria-label="Contents">
<p class="brand"><a href="/docs">Koltrix</a></p>
${navigation}
</nav>
<main id="content">${main}</main>
</body>
</html>
`;
}
