import type { ProblemCode } from '../../generated/types.gen.ts';

export interface ProblemProse {
  /** What the code says. */
  about: string;
  causes: readonly string[];
  remedy: string;
}

/** What each code means to a caller, in Markdown. Status and title are in `meaning` of `http/problem.ts`. */
export const prose = {
  'invalid-request': {
    about:
      'Something in the request does not follow the contract. `errors` names each faulty place and what would be right.',
    causes: [
      'Malformed JSON, or text that is not UTF-8.',
      'A missing, misspelt or unknown property; unknown ones are refused, so that a typing mistake cannot be overlooked.',
      'An address that is not one, or a line break in anything bound for a header.',
      'A header in `headers` that Koltrix writes itself, such as `Bcc` or `DKIM-Signature`.',
      'A `cursor` that did not come from a page of the same list.',
    ],
    remedy:
      'Correct the places that `errors` names: `/to/0` points into the body, `?limit` is a query parameter, `{email_id}` a path parameter and `Accept:` a header. The same request will be refused again.',
  },
  'invalid-idempotency-key': {
    about: 'The header `Idempotency-Key` has a value that is not a key.',
    causes: [
      'It is empty or longer than 255 characters.',
      'It has spaces, control characters or letters outside ASCII.',
    ],
    remedy:
      'Use 1–255 visible ASCII characters, such as a UUID or your own order number with a suffix for the purpose.',
  },
  unauthenticated: {
    about: 'The request has no API key, or one that is not valid.',
    causes: [
      'The header `Authorization: Bearer kx_…` is missing or misspelt.',
      'The key was revoked, or belongs to another installation.',
      'A line break or a quotation mark was copied along with the key.',
    ],
    remedy: 'Send a valid key. A lost one cannot be shown again: create a new one and revoke the old.',
  },
  forbidden: {
    about: 'The key is valid, but its scope does not cover this operation; `detail` names both.',
    causes: [
      'A key with the scope `send` reads, or one with `read` sends.',
      'Only `full` may manage keys, webhooks and suppressions.',
    ],
    remedy: 'Use a key with the scope that the reference names at the operation.',
  },
  'domain-not-verified': {
    about:
      "The domain of the sender has not been verified for this account, so mail in its name would be refused by recipients' servers.",
    causes: [
      'The domain in `from` (or `mail_from`) is not among your domains.',
      'Its DNS records are not published yet, or were removed.',
    ],
    remedy:
      'Publish the DNS records of the domain and have it checked, or send from a domain that is verified. In `capture` mode every domain is accepted.',
  },
  'not-found': {
    about: 'There is no such thing in your account.',
    causes: [
      'The id has a typing mistake, or the prefix of another kind of thing.',
      'It belongs to another account: what is not yours is answered as if it did not exist.',
      'It was deleted, or has expired, as idempotency keys do after 24 hours.',
      'The path is not one of the API; the base path is `/api/v2`.',
    ],
    remedy: 'Check the id, the path and which account the key belongs to; `GET /account` tells.',
  },
  'method-not-allowed': {
    about: 'The path exists, but not with this method.',
    causes: ['A `PUT` where the contract has a `PATCH`.', 'A redirect on the way that turned a `POST` into a `GET`.'],
    remedy: 'Use one of the methods that the header `Allow` names.',
  },
  'request-timeout': {
    about: 'The request did not arrive in full within the time that the server waits for it.',
    causes: ['A slow or broken connection.', 'A body shorter than its `Content-Length` says.'],
    remedy: 'Send it again, with the same idempotency key. Nothing was executed.',
  },
  'idempotency-key-in-progress': {
    about: 'A request with this idempotency key is still being executed, so its answer is not known yet.',
    causes: ['A retry that came before the first request was answered.', 'The same job running twice at your side.'],
    remedy:
      'Wait for `Retry-After` and send it again with the same key: you then get the answer of the first. The SDK does so by itself.',
  },
  'invalid-state': {
    about: 'The thing exists, but is in a state that does not allow what you ask; `detail` says which.',
    causes: ['Canceling an email whose messages have all left.', 'Revoking the last key that may manage keys.'],
    remedy: 'Read the thing again and decide by its present state.',
  },
  'payload-too-large': {
    about: 'The request is larger than the installation takes: 25 MB in all.',
    causes: ['Large attachments; base64 makes a file a third larger.', 'A batch that is too big as a whole.'],
    remedy: 'Send a link instead of the file, or split the batch. `GET /account` tells the limits.',
  },
  'unsupported-media-type': {
    about: 'The body has a content type that the operation does not take.',
    causes: [
      '`Content-Type` is missing, or is that of a form.',
      'A raw message was sent to `POST /emails`, or JSON to `POST /emails/raw`.',
    ],
    remedy:
      'Send `application/json`, or `message/rfc822` to `POST /emails/raw`, or `text/csv` to `POST /suppressions/import`.',
  },
  'idempotency-key-reused': {
    about: 'This idempotency key already stands for another request: its method, path or body were different.',
    causes: [
      'A key that is not unique for the purpose, such as the customer’s number alone.',
      'A retry that was not byte for byte the same, because it contains the present time or a random value.',
    ],
    remedy:
      'Use a new key for a new request; for a retry, keep the first request and send exactly that. `GET /idempotency-keys/{key}` shows what the key stands for.',
  },
  'too-many-recipients': {
    about: 'The email has more recipients than one email may have: 50, counting `to`, `cc` and `bcc` together.',
    causes: ['An audience in `bcc`.'],
    remedy:
      'Send one email to each recipient with `POST /emails/batch`. Recipients then do not see each other, and each copy has a life of its own.',
  },
  'rate-limited': {
    about: 'Your quota of requests is used up for the moment.',
    causes: ['More requests a second than `RateLimit-Policy` allows.', 'Retries without a pause.'],
    remedy: 'Wait for `Retry-After`, in seconds. Send many emails in one request with `POST /emails/batch`.',
  },
  'internal-error': {
    about:
      'A fault of ours. The answer shows no internals; the log of the installation has them under the `request_id`.',
    causes: ['A defect in Koltrix.', 'Something that the installation depends on failed in an unforeseen way.'],
    remedy: 'Send the request again with the same idempotency key. If it stays, report it with the `request_id`.',
  },
  unavailable: {
    about: 'The installation cannot take the request just now. Nothing was executed.',
    causes: [
      'The database is restarting or cannot be reached.',
      'The process is shutting down, or has more work than it can take.',
    ],
    remedy: 'Wait for `Retry-After` and send it again with the same idempotency key. The SDK does so by itself.',
  },
} satisfies Record<ProblemCode, ProblemProse>;
