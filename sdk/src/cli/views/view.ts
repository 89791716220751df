import type { Printer } from '../printer.ts';

/** How a thing of the contract is shown to people. */
export interface View<T> {
  /** In a list. */
  line?: (thing: T, out: Printer) => string;
  /** Alone. */
  page?: (thing: T, out: Printer) => string;
}
