import { type Contract, type Operation, operationsOf, webhooksOf } from '../contract.ts';
import { type Html, html } from '../html.ts';
import { markdown } from '../markdown.ts';
import { languages } from '../samples/index.ts';
import { webhookSections } from './event-webhooks.ts';
import { guideLinks } from './guide.ts';
import { chapters, introduction } from './introduction.ts';
import { layout } from './layout.ts';
import { operationSection } from './operation.ts';

/** The reference: what all operations have in common, then each of them by tag, then the events that are pushed. */
export function referencePage(contract: Contract, public_url: string): Html {
  const base_url = new URL(contract.servers[0]?.url ?? '/', public_url).href.replace(/\/$/, '');
  const operations = operationsOf(contract);
  const webhooks = webhooksOf(contract);
  const groups = contract.tags.map((tag) => ({ ...tag, operations: operations.filter((o) => o.tag === tag.name) }));
  const types = webhooks.map(([type]) => type);
  return layout(
    `${contract.info.title} API reference`,
    html`${switcher}${navigation(groups, types)}`,
    html`<header><h1>${contract.info.title} API</h1><p class="lead">${contract.info.summary}</p><p class="version">Version ${contract.info.version} · <a href="/openapi.json">openapi.json</a> · <a href="/problems">problem codes</a></p></header>
${introduction(contract, base_url, exampleProblem(contract))}
${groups.map(
  (
    tag,
  ) => html`<section class="tag" id="tag-${tag.name}"><h2><a class="anchor" href="#tag-${tag.name}">${titleOf(tag.name)}</a></h2>${markdown(tag.description)}</section>
${tag.operations.map((operation) => operationSection(contract, operation, base_url))}`,
)}
<section class="tag" id="events-pushed"><h2><a class="anchor" href="#events-pushed">Webhook events</a></h2><p>What is sent to a webhook endpoint; the same objects are in the event log and in the live stream.</p></section>
${webhookSections(contract, webhooks)}`,
  );
}

const titleOf = (tag: string) =>
  tag === 'api-keys' ? 'API keys' : tag.charAt(0).toUpperCase() + tag.slice(1).replaceAll('-', ' ');

const switcher = html`<p class="switch" aria-hidden="true">${languages.map(({ id, label }) => html`<label for="language-${id}">${label}</label>`)}</p>`;

function navigation(groups: { name: string; operations: Operation[] }[], types: string[]): Html {
  return html`<h2>Guides</h2>${guideLinks}
<h2>Basics</h2>
<ul>${chapters.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul>
${groups.map(
  ({ name, operations }) => html`<h2><a href="#tag-${name}">${titleOf(name)}</a></h2>
<ul>${operations.map(
    ({ id, method, summary }) =>
      html`<li><a href="#${id}"><span>${summary}</span><span class="method ${method.toLowerCase()}">${method === 'DELETE' ? 'DEL' : method}</span></a></li>`,
  )}</ul>`,
)}
<h2><a href="#events-pushed">Webhook events</a></h2>
<ul><li><a href="#receiving">Receiving events</a></li>${types.map((type) => html`<li><a href="#${type}"><code>${type}</code></a></li>`)}</ul>`;
}

function exampleProblem(contract: Contract): unknown {
  const operation = operationsOf(contract).find(({ errors }) => errors.some(({ status }) => status === '400'));
  const answer = operation?.errors.find(({ status }) => status === '400');
  return answer?.media?.examples[0]?.[1];
}
