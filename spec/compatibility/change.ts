/** What can break a caller, by the name under which it is reported. */
export type Kind =
  | 'base-path-changed'
  | 'operation-removed'
  | 'operation-renamed'
  | 'scope-narrowed'
  | 'key-required'
  | 'idempotency-removed'
  | 'parameter-removed'
  | 'parameter-required'
  | 'parameter-changed'
  | 'body-removed'
  | 'body-required'
  | 'media-type-removed'
  | 'answer-removed'
  | 'header-removed'
  | 'webhook-removed'
  | 'property-removed'
  | 'property-required'
  | 'property-optional'
  | 'type-changed'
  | 'value-removed'
  | 'values-opened'
  | 'variant-removed'
  | 'constraint-tightened'
  | 'format-changed'
  | 'default-changed'
  | 'closed';

/** One change that breaks callers of the released contract. */
export interface Breaking {
  kind: Kind;
  /** Where, for a reader: `POST /emails · request`, or `Email.subject · answer`. */
  place: string;
  detail: string;
}
