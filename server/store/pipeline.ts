import type pg from 'pg';

/** A statement of a pipeline. With `rows` it is a `COPY … FROM STDIN (FORMAT binary)`, and these are its data. */
export interface Step {
  /** Its prepared name; each step of a pipeline has its own. */
  name: string;
  text: string;
  values: (string | Buffer | null)[];
  rows?: Buffer;
}

/**
 * Runs several statements as one transaction in one round trip: all of them are sent at once with one Sync behind them, and
 * Postgres commits what it has run when it comes to the Sync. At the first error it skips the rest and nothing is written.
 * Resolves to the number of rows that each step touched.
 */
export function runPipeline(client: pg.ClientBase, steps: readonly Step[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    client.query(new Pipeline(steps, resolve, reject));
  });
}

/** The names of the statements that a connection has ready. */
const ready = new WeakMap<pg.Connection, Set<string>>();

/** A "submittable" of the driver: it is handed the connection, and then each message that comes back. */
class Pipeline implements pg.Submittable {
  readonly #steps: readonly Step[];
  readonly #resolve: (counts: number[]) => void;
  readonly #reject: (error: Error) => void;
  readonly #counts: number[] = [];
  #names = new Set<string>();

  constructor(steps: readonly Step[], resolve: (counts: number[]) => void, reject: (error: Error) => void) {
    this.#steps = steps;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: pg.Connection): void {
    this.#names = ready.get(connection) ?? new Set();
    ready.set(connection, this.#names);
    connection.stream.cork();
    for (const step of this.#steps) if (!this.#names.has(step.name)) prepare(connection, step);
    for (const step of this.#steps) send(connection, step);
    connection.sync();
    connection.stream.uncork();
  }

  handleCommandComplete({ text }: { text: string }): void {
    // "COPY 32", "INSERT 0 32"
    this.#counts.push(Number(text.slice(text.lastIndexOf(' ') + 1)));
  }

  handleReadyForQuery(): void {
    for (const { name } of this.#steps) this.#names.add(name);
    this.#resolve(this.#counts);
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  /** Its data are on their way. */
  handleCopyInResponse(): void {}
  /** Nobody reads what a step selects. */
  handleDataRow(): void {}
}

/** A pipeline that failed may have come as far as this statement; to close one that is not there is no error. */
function prepare(connection: pg.Connection, { name, text }: Step): void {
  connection.close({ type: 'S', name }, true);
  connection.parse({ name, text, types: [] }, true);
}

function send(connection: pg.Connection, { name, values, rows }: Step): void {
  connection.bind({ statement: name, values }, true);
  connection.execute(null, true);
  if (!rows) return;
  const head = Buffer.alloc(5, 'd');
  head.writeInt32BE(rows.length + 4, 1);
  // Written as they are: the driver would copy them into a buffer that keeps its greatest size for ever.
  connection.stream.write(head);
  connection.stream.write(rows);
  connection.stream.write(COPY_DONE);
}

const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
