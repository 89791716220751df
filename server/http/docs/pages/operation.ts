import type { Contract, Media, Operation, Parameter } from '../contract.ts';
import { type Html, html } from '../html.ts';
import { inline, markdown } from '../markdown.ts';
import { codesOf } from '../operation-problems.ts';
import { samplesOf } from '../samples/index.ts';
import { examplePanel, samplePanel } from './panel.ts';
import { field, fields, typeOf, whole } from './schema.ts';

const PLACES = { path: 'Path', query: 'Query', header: 'Headers' } as const;

const SCOPES: Record<string, string> = {
  full: 'a key with the scope `full`',
  send: 'a key with the scope `send` or `full`',
  read: 'a key with the scope `read` or `full`',
  any: 'any key',
};

/** One operation: what it takes and answers on the left, how to call it on the right. */
export function operationSection(contract: Contract, operation: Operation, base_url: string): Html {
  const { id, method, path, summary, description, scope, success, body } = operation;
  return html`<section class="operation" id="${id}">
<div class="text">
<h3><a class="anchor" href="#${id}">${summary}</a></h3>
<p class="endpoint"><span class="method ${method.toLowerCase()}">${method}</span> <code>${new URL(base_url).pathname}${path}</code></p>
${markdown(description)}
<p class="scope">For ${inline(SCOPES[scope] ?? scope)}.</p>
${Object.entries(PLACES).map(([place, title]) =>
  parameterList(
    contract,
    title,
    operation.parameters.filter((parameter) => parameter.in === place),
  ),
)}
${body && bodyList(contract, 'Body', body, 'request', body.required ? '' : 'It may be left out.')}
${
  success.media
    ? bodyList(contract, `Answer ${success.status}`, success.media, 'answer', success.description)
    : html`<h4>Answer ${success.status}</h4><p>${success.description} It has no body.</p>`
}
${errorList(operation)}
</div>
<div class="code">
${samplePanel(html`<span class="method ${method.toLowerCase()}">${method}</span> ${path}`, samplesOf(contract, operation, base_url))}
${body && body.type !== 'application/json' && body.examples.map(([, value]) => examplePanel('message.eml', value))}
${body?.examples.slice(1).map(([name, value]) => examplePanel(`Another body: ${name}`, value))}
${success.media?.examples.map(([, value]) => examplePanel(`Answer ${success.status}`, value))}
</div>
</section>`;
}

function parameterList(contract: Contract, title: string, parameters: Parameter[]): Html | false {
  return (
    parameters.length > 0 &&
    html`<h4>${title}</h4><ul class="fields">${parameters.map((parameter) =>
      field(contract, { ...parameter, required: parameter.required === true }, 'request'),
    )}</ul>`
  );
}

function bodyList(
  contract: Contract,
  title: string,
  { type, schema }: Media,
  side: 'request' | 'answer',
  note: string,
): Html {
  const { properties, description } = whole(contract, schema);
  return html`<h4>${title} <span class="type">${type}</span></h4>
${note && html`<p>${inline(note)}</p>`}${description && html`<p>${inline(description)}</p>`}
${properties ? fields(contract, schema, side) : type === 'application/json' && html`<p>${typeOf(contract, schema)}</p>`}`;
}

function errorList(operation: Operation): Html {
  const rows = operation.errors.map(
    ({ status }) =>
      html`<tr><th scope="row">${status}</th><td>${codesOf(operation, status).map(
        (code) => html`<a href="/problems/${code}"><code>${code}</code></a> `,
      )}</td></tr>`,
  );
  return html`<details class="errors"><summary>Errors</summary><table><tbody>${rows}</tbody></table></details>`;
}
