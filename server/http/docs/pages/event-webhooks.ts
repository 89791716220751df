import type { Contract, Operation, Schema } from '../contract.ts';
import { type Html, html } from '../html.ts';
import { inline, markdown } from '../markdown.ts';
import type { Sample } from '../samples/index.ts';
import { examplePanel, panel, samplePanel } from './panel.ts';
import { field, fields, whole } from './schema.ts';

/** How events arrive at a webhook endpoint and what each has; then, by type, what is particular to it. */
export function webhookSections(contract: Contract, webhooks: [type: string, webhook: Operation][]): Html {
  const parameters = webhooks[0]?.[1].parameters ?? [];
  return html`<section class="operation" id="receiving">
<div class="text">
<h3><a class="anchor" href="#receiving">Receiving events</a></h3>
${markdown(RECEIVING)}
<h4>Headers</h4>
<ul class="fields">${parameters.map((parameter) => field(contract, { ...parameter, required: true }, 'answer'))}</ul>
<h4>data of every event</h4>
${fields(contract, EVERY, 'answer')}
</div>
<div class="code">${samplePanel('Verify and read an event', VERIFY)}${panel('Headers', HEADERS, 'http')}</div>
</section>
${webhooks.map(([type, webhook]) => eventSection(contract, type, webhook))}`;
}

/** What all events say about their message. */
const EVERY: Schema = { $ref: '#/components/schemas/EventData' };

function eventSection(contract: Contract, type: string, { body, description }: Operation): Html {
  const common = Object.keys(whole(contract, EVERY).properties ?? {});
  const data = body ? whole(contract, whole(contract, body.schema).properties?.data ?? {}) : {};
  const particular = Object.entries(data.properties ?? {}).filter(([name]) => !common.includes(name));
  return html`<section class="operation" id="${type}">
<div class="text">
<h3><a class="anchor" href="#${type}"><code>${type}</code></a></h3>
<p>${inline(description)}</p>
<h4>data</h4>
<p>${particular.length ? 'What ' : 'Only what '}<a href="#receiving">every event</a> has${particular.length > 0 && ', and:'}</p>
${fields(contract, { ...data, properties: Object.fromEntries(particular) }, 'answer', true)}
</div>
<div class="code">${body?.examples.map(([, value]) => examplePanel(type, value))}</div>
</section>`;
}

const RECEIVING = `
Each event is a \`POST\` to your endpoint, signed by **Standard Webhooks**: any of its libraries verifies it. Answer with a
\`2xx\` within 15 seconds; do the work later.

- Anything else, or nothing in time, means another try: after 5 seconds, 5 minutes, 30 minutes, then 2, 5, 10, 14, 20
and 24 hours. A \`Retry-After\` of yours is honoured.
- The \`webhook-id\` stays the same over tries. Keep it for a day to drop doubles.
- \`410\` disables the endpoint; so do 5 days without a success.
- Redirects are not followed. While a secret is being rotated, every request is signed with both for 24 hours.
`;

const HEADERS = `webhook-id: evt_01k9zq7d8ye2wbn5w0c8v7x3mc
webhook-timestamp: 1795334401
webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=`;

/** Reading an event in each language; for cURL, the signature by hand. */
export const VERIFY: readonly Sample[] = [
  {
    id: 'curl',
    label: 'cURL',
    language: 'shell',
    code: `# The signature of a body that was kept in body.json, by hand:
secret=$(printf %s "$WEBHOOK_SECRET" | sed s/^whsec_// | base64 -d | od -An -tx1 | tr -d ' \\n')
printf '%s.%s.' "$webhook_id" "$webhook_timestamp" | cat - body.json |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -binary | base64`,
  },
  {
    id: 'typescript',
    label: 'TypeScript',
    language: 'typescript',
    code: `import { verifyWebhook } from 'koltrix/webhooks';

const secret = 'whsec_qg70PGmMhAQpkcKcIIcCNIO2j2ALkcn9vh8rEdWtYfzh';

export async function POST(request: Request): Promise<Response> {
  const event = await verifyWebhook(await request.text(), request.headers, secret);
  if (event.type === 'email.bounced') {
    console.log(event.data.recipient, event.data.bounce.diagnostic);
  }
  return new Response(null, { status: 204 });
}`,
  },
  {
    id: 'python',
    label: 'Python',
    language: 'python',
    code: `import os

from flask import Flask, request
from standardwebhooks import Webhook

app = Flask(__name__)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])


@app.post("/koltrix")
def receive():
    event = webhook.verify(request.get_data(), dict(request.headers))
    print(event["type"], event["data"]["recipient"])
    return "", 204`,
  },
  {
    id: 'go',
    label: 'Go',
    language: 'go',
    code: `package main

import (
	"io"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/koltrix", func(response http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil || webhook.Verify(body, request.Header) != nil {
			response.WriteHeader(http.StatusBadRequest)
			return
		}
		response.WriteHeader(http.StatusNoContent)
	})
	panic(http.ListenAndServe(":8080", nil))
}`,
  },
];
