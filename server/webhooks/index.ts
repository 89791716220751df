/** The door of the webhooks module. */
export { listDeliveries, retryDelivery, sendTest } from './deliveries.ts';
export {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  MAX_ENDPOINTS,
  rotateSecret,
  updateEndpoint,
} from './endpoints.ts';
export type { WebhookPolicy } from './policy.ts';
export { presentDelivery, presentEndpoint } from './present.ts';
