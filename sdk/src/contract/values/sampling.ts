import type { Document } from '../spec/document.ts';
import type { Validators } from '../spec/validators.ts';

/** What values are made of. */
export interface Sampling {
  document: Document;
  validators: Pick<Validators, 'accepts'>;
  /** Stands in every name and address, so that what came of a request is found again. */
  label: string;
  /** The address that mail comes from. */
  sender: string;
  now_ms: number;
  /** The id of an existing thing of this kind, by the name of the id's schema. */
  idFor(schema_name: string): string | undefined;
}
