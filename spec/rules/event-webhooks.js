import { schemaNamed } from './origin.js';

export default function eventWebhooks(document, _options, { documentInventory }) {
  const types = schemaNamed(documentInventory, 'EventType')?.enum ?? [];
  const union = Object.keys(schemaNamed(documentInventory, 'Event')?.discriminator?.mapping ?? {});
  const webhooks = document.webhooks ?? {};
  const faults = [];
  const at = (message, ...path) => faults.push({ message, path: path.length ? path : ['webhooks'] });
  if (types.length === 0) at('the enum EventType must list the event types');
  for (const type of types) {
    if (!webhooks[type]) at(`the event type ${type} must have a webhook`);
    if (!union.includes(type)) at(`the event type ${type} must be in the union Event`);
  }
  for (const [type, item] of Object.entries(webhooks)) {
    if (!types.includes(type)) at(`the webhook ${type} is not in the enum EventType`, 'webhooks', type);
    const body = item.post?.requestBody?.content?.['application/json']?.schema;
    if (body?.properties?.type?.const !== type) at(`the body's type must be the constant ${type}`, 'webhooks', type);
  }
  return faults;
}
