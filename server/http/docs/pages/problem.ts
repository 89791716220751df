import type { ProblemCode } from '../../../generated/types.gen.ts';
import { meaning } from '../../problem.ts';
import { type Contract, type Operation, operationsOf } from '../contract.ts';
import { type Html, html } from '../html.ts';
import { inline, markdown } from '../markdown.ts';
import { answeredBy } from '../operation-problems.ts';
import { type ProblemProse, prose } from '../problem-pages.ts';
import { layout } from './layout.ts';
import { examplePanel } from './panel.ts';

export const problemCodes = Object.keys(meaning) as ProblemCode[];

/** All codes in one table. */
export function problemIndexPage(): Html {
  const rows = problemCodes.map((code) => {
    const { status, title, retryable } = meaning[code];
    return html`<tr><td>${status}</td><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${title}</td><td>${retryable ? 'yes' : 'no'}</td></tr>`;
  });
  return layout(
    'Koltrix problem codes',
    navigation,
    html`<header><h1>Problem codes</h1><p class="lead">What the <code>code</code> of an error means, and what to do about it.</p></header>
<section class="plain"><table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th><th>Retryable</th></tr></thead><tbody>${rows}</tbody></table></section>`,
  );
}

/** The page that the `type` of a problem points to. */
export function problemPage(contract: Contract, code: ProblemCode): Html {
  const { status, title, retryable } = meaning[code];
  const { about, causes, remedy }: ProblemProse = prose[code];
  const all = operationsOf(contract);
  const operations = answeredBy(all, code);
  return layout(
    `${title} · ${code}`,
    navigation,
    html`<header><h1>${title}</h1><p class="endpoint"><span class="method status">${status}</span> <code>${code}</code></p></header>
<section class="operation"><div class="text">
${markdown(about)}
<h2>Typical causes</h2><ul>${causes.map((cause) => html`<li>${inline(cause)}</li>`)}</ul>
<h2>What to do</h2>${markdown(remedy)}
<h2>Retryable</h2><p>${retryable ? RETRYABLE : FINAL}</p>
${operations.length > 0 && html`<h2>Answered by</h2>${operations.length === all.length ? html`<p>Every operation.</p>` : operationList(operations)}`}
</div><div class="code">${examplePanel('application/problem+json', example(contract, code))}</div></section>`,
  );
}

const operationList = (operations: Operation[]) =>
  html`<ul>${operations.map(({ id, method, path, summary }) => html`<li><a href="/docs#${id}">${summary}</a> <code>${method} ${path}</code></li>`)}</ul>`;

const RETRYABLE = 'Yes: the same request may succeed later. Keep its idempotency key.';
const FINAL = 'No: the same request will be answered the same way. Change it first.';

const navigation = html`<ul><li><a href="/docs">API reference</a></li><li><a href="/problems">All problem codes</a></li></ul>
<h2>Codes</h2>
<ul>${problemCodes.map((code) => html`<li><a href="/problems/${code}"><code>${code}</code><span class="method status">${meaning[code].status}</span></a></li>`)}</ul>`;

/** The contract's own example where it has one for the code; else one of the same shape. */
function example(contract: Contract, code: ProblemCode): unknown {
  const examples = operationsOf(contract).flatMap(({ errors }) => errors.flatMap(({ media }) => media?.examples ?? []));
  const found = examples.find(([name]) => name === code)?.[1];
  const { status, title, retryable } = meaning[code];
  const general = { type: `/problems/${code}`, title, status, code };
  const particular = {
    detail: '…',
    instance: '/api/v2/emails',
    request_id: 'req_01k9zq7d8ye2wbn5w0c8v7x3ma',
    retryable,
  };
  return found ?? { ...general, ...particular };
}
