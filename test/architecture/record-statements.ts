import type { Database, Queryable, Statement } from '../../server/store/database.ts';

/** Passes for an argument of any kind: every property is there, every list is empty, every call answers the same. */
const anything: unknown = argument(() => anything);
/** The same, with nothing that may be left out. */
const nothing: unknown = argument(() => undefined);

function argument(property: () => unknown): unknown {
  const list: Record<PropertyKey, unknown> = [] as never;
  return new Proxy(() => anything, {
    get(_target, name) {
      if (name === Symbol.toPrimitive) return () => '1';
      const own = list[name];
      return typeof own === 'function' ? own.bind(list) : (own ?? property());
    },
    apply: () => anything,
  });
}

/** Further arguments for functions that word their statement by them, beside `anything` and `nothing`. */
export type Variants = Record<string, unknown[][]>;

/** Calls each exported function of a `.sql.ts` module and answers the statements that it would run, by function. */
export async function statementsOf(
  module: Record<string, unknown>,
  variants: Variants,
): Promise<Map<string, Statement[]>> {
  const found = new Map<string, Statement[]>();
  for (const [name, work] of Object.entries(module)) {
    if (typeof work !== 'function' || work.constructor.name !== 'AsyncFunction') continue;
    const statements: Statement[] = [];
    const db: Queryable & Pick<Database, 'pipeline'> = {
      async query(statement) {
        statements.push(statement);
        return { rows: [], rowCount: 0 };
      },
      async pipeline(steps) {
        statements.push(...steps);
        return [];
      },
    };
    const calls = [Array(8).fill(anything), Array(8).fill(nothing), ...(variants[name] ?? [])];
    for (const call of calls) {
      // What a function makes of no rows, or of arguments that are none, is not the point.
      await work(db, ...call).catch(() => {});
    }
    found.set(name, statements);
  }
  return found;
}
