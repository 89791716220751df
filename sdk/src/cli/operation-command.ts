/** An operation of the contract, as much of it as a command has to know. */
export interface OperationCommand {
  tag: string;
  /** The client's property and its method. */
  resource: string;
  verb: string;
  summary: string;
  description: string;
  /** Parameters of the path, in their order. */
  path: readonly Field[];
  /** Parameters of the query, without those that turn pages. */
  query: readonly Field[];
  /** Whether the method has a query among its arguments. */
  takesQuery: boolean;
  /** Whether it takes an idempotency key. */
  keyed: boolean;
  /** The fields of a JSON body, or the media type of a file. */
  body?: { required: boolean; fields: readonly Field[] } | { file: string };
  /** A list of some schema's things, one such thing, bytes, or nothing. */
  gives: { list: string } | { model?: string; mediaType?: string };
}

/** One value that a request has. */
export interface Field {
  /** As in the contract. */
  name: string;
  required: boolean;
  kind: 'text' | 'flag' | 'count' | 'time' | 'json';
  /** Several of them. */
  many?: boolean;
  choices?: readonly string[];
  /** What ids of this kind begin with. */
  prefix?: string;
  description: string;
}
