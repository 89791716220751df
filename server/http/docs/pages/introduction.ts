import type { Contract } from '../contract.ts';
import { type Html, html } from '../html.ts';
import { markdown } from '../markdown.ts';
import { examplePanel, panel } from './panel.ts';

export interface Chapter {
  id: string;
  title: string;
}

/** What all operations have in common, in the order of the page. */
export const chapters: readonly Chapter[] = [
  { id: 'overview', title: 'Overview' },
  { id: 'authentication', title: 'Authentication' },
  { id: 'idempotency', title: 'Idempotency' },
  { id: 'errors', title: 'Errors' },
  { id: 'pages', title: 'Pages' },
  { id: 'rate-limits', title: 'Rate limits' },
  { id: 'smtp', title: 'SMTP' },
  { id: 'testing', title: 'Testing' },
];

export function introduction(contract: Contract, base_url: string, problem: unknown): Html {
  const { origin, hostname } = new URL(base_url);
  const text: Record<string, [body: Html, code?: Html]> = {
    overview: [
      markdown(contract.info.description),
      html`${panel('Base URL', base_url, 'text')}${panel('For the samples on this page', environment(origin), 'shell')}${panel(
        'The contract, for tools',
        `curl ${origin}/openapi.json`,
        'shell',
      )}`,
    ],
    authentication: [markdown(AUTHENTICATION), panel('Header', 'Authorization: Bearer kx_…', 'http')],
    idempotency: [
      html`${markdown(IDEMPOTENCY)}${idempotencyTable}`,
      panel('Header', 'Idempotency-Key: order-4711-receipt', 'http'),
    ],
    errors: [
      html`${markdown(ERRORS)}<p><a href="/problems">Every code, with its causes and what to do</a></p>`,
      examplePanel('application/problem+json', problem),
    ],
    pages: [markdown(PAGES), examplePanel('A page', { data: ['…'], next_cursor: 'eyJiIjoiMDFrOXpxIn0' })],
    'rate-limits': [markdown(RATE_LIMITS), panel('Headers of every answer', LIMIT_HEADERS, 'http')],
    smtp: [markdown(SMTP), panel('With swaks', swaks(hostname), 'shell')],
    testing: [html`${markdown(TESTING)}${simulatorTable}`],
  };
  return html`${chapters.map(({ id, title }) => {
    const [body, code] = text[id] ?? [];
    return html`<section class="operation" id="${id}"><div class="text"><h2><a class="anchor" href="#${id}">${title}</a></h2>${body}</div><div class="code">${code}</div></section>`;
  })}`;
}

const environment = (origin: string) => `export KOLTRIX_KEY=kx_…
export KOLTRIX_BASE_URL=${origin}`;

const swaks = (host: string) => `swaks --server ${host}:2525 --tls \\
  --auth PLAIN --auth-user koltrix --auth-password "$KOLTRIX_KEY" \\
  --from hello@acme.example --to ada@example.com \\
  --header 'Subject: Your receipt' --body 'Thank you!'`;

const AUTHENTICATION = `
Send your API key as a bearer token. A key is shown once, when it is created; Koltrix keeps only its hash.

- \`full\` may do everything.
- \`send\` may submit and cancel mail.
- \`read\` may do every \`GET\` but list API keys.

A missing or unknown key is answered with \`401\`, a scope that is too narrow with \`403\`. What belongs to another account
is answered with \`404\`, as if it did not exist.`;

const IDEMPOTENCY = `
A connection can break after the server has done its work and before you hear of it. Name each logical request with an
\`Idempotency-Key\` of 1–255 visible ASCII characters, and send the same key when you try again. The key is kept for 24
hours, together with the answer. The same keys serve over SMTP, as the header \`X-Koltrix-Idempotency-Key\`.`;

const idempotencyTable = html`<table><thead><tr><th>Situation</th><th>Answer</th></tr></thead><tbody>
<tr><td>First use</td><td>The request is executed and its answer kept.</td></tr>
<tr><td>Same key, same request</td><td>The kept answer, with <code>Idempotent-Replayed: true</code>.</td></tr>
<tr><td>Same key, another request</td><td><a href="/problems/idempotency-key-reused"><code>422 idempotency-key-reused</code></a></td></tr>
<tr><td>Same key, the first still running</td><td><a href="/problems/idempotency-key-in-progress"><code>409 idempotency-key-in-progress</code></a>, and <code>Retry-After: 1</code></td></tr>
<tr><td>The first was refused or failed</td><td>Nothing was kept; the request is executed.</td></tr>
</tbody></table>`;

const ERRORS = `
Every error is \`application/problem+json\` (RFC 9457). Branch on \`code\`: the set is closed. \`detail\` is for people,
\`errors\` names each faulty place, and \`retryable\` says whether the same request may succeed later. Quote the
\`request_id\`, which every answer also has in \`X-Request-Id\`, when you report something.`;

const PAGES = `
Lists take \`limit\` (1–100, by default 25) and \`cursor\`, and answer \`data\` and \`next_cursor\`. Pass \`next_cursor\` as
\`cursor\` for the next page; null means that there is none. The event log is read by \`after\`, the id of the last event
that you have. The SDK walks the pages for you.`;

const RATE_LIMITS = `
Every answer says how much of your quota is left. Above it you get \`429\` with \`Retry-After\`, in seconds. \`503\` carries
\`Retry-After\` as well.`;

const LIMIT_HEADERS = `RateLimit-Policy: "default";q=20000;w=1
RateLimit: "default";r=19999;t=1
X-Request-Id: req_01k9zq7d8ye2wbn5w0c8v7x3ma`;

const SMTP = `
Whatever speaks SMTP can send through port 2525: any user name, and an API key with the scope \`send\` or \`full\` for the
password. TLS by \`STARTTLS\` is required except from the same machine. \`250 2.0.0 Accepted em_…\` means what \`202\` means
here: committed. Recipients are those of \`RCPT TO\`, never those of the headers.`;

const TESTING = `
In \`capture\` mode no mail leaves the machine: it lands in the test inbox, where the operations under **test-messages**
read it, and can wait for it. Some addresses play a part, in every mode, and never leave the machine; any \`+label\` is
allowed.`;

const simulatorTable = html`<table><thead><tr><th>Address at <code>simulator.test</code></th><th>What happens</th></tr></thead><tbody>
<tr><td><code>delivered@</code></td><td>It is delivered.</td></tr>
<tr><td><code>bounced@</code></td><td>It is refused with <code>550 5.1.1</code>: a hard bounce.</td></tr>
<tr><td><code>blocked@</code></td><td>It is refused with <code>554 5.7.1</code>: a block.</td></tr>
<tr><td><code>deferred@</code></td><td>It is put off with <code>451</code> twice, then taken.</td></tr>
<tr><td><code>complained@</code></td><td>It is taken, then a complaint arrives.</td></tr>
<tr><td><code>async-bounced@</code></td><td>It is taken, then a delivery report says that it bounced.</td></tr>
</tbody></table>`;
