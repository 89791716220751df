import type { APIError } from '../index.ts';

type Code = APIError['code'];

/** What the user can do about each answer; a code that is new in the contract does not compile until it has its word. */
const advice: Record<Code, string | undefined> = {
  'invalid-request': undefined,
  'invalid-idempotency-key': 'An idempotency key is 1 to 255 visible ASCII characters.',
  unauthenticated: 'Is KOLTRIX_KEY (or --key) a key of this Koltrix, and not revoked?',
  forbidden: 'Use a key with a wider scope; koltrix account shows the scope of this one.',
  'domain-not-verified': 'Verify the sending domain first, or send from one that is.',
  'not-found': 'Is the id right, and does it belong to this key’s account? koltrix account shows whose key it is.',
  'method-not-allowed': 'Is this Koltrix older than the command?',
  'request-timeout': 'Try again.',
  'idempotency-key-in-progress': 'The first request is still running; try again in a moment.',
  'invalid-state': undefined,
  'payload-too-large': 'Send less at once: koltrix account shows the limits.',
  'unsupported-media-type': undefined,
  'idempotency-key-reused': undefined,
  'too-many-recipients': 'Send several emails: koltrix account shows the limits.',
  'rate-limited': 'Wait a little; koltrix account shows the limits.',
  'internal-error': 'This is a fault of the server: report it with the request id.',
  unavailable: 'Koltrix is there but not ready: try again in a moment.',
  unknown: 'Is --base-url (KOLTRIX_BASE_URL) the address of a Koltrix?',
};

export const adviceFor = ({ code }: APIError): string | undefined => advice[code];
