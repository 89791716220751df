import { itemOf, type Operation, queryParameters, successOf } from '../spec/contract.ts';
import { firstForm } from '../spec/flatten.ts';
import { type Bound, fill } from '../world/bound.ts';
import type { Call, Exchange } from '../world/client.ts';
import { pointersIn } from '../world/json.ts';
import { prepare } from '../world/requests.ts';
import { conclude, expecting, type Finding, isGood, type Run } from '../world/run-state.ts';

interface Page {
  data: unknown[];
  next_cursor: string | null;
}

const ENOUGH = 5;
/** Lists of a living deployment have no end within reach: so many pages of three. */
const PAGES = 12;

/** Walked page by page, a list gives each item once, keeps to its limit, and knows its own cursors only. */
export async function checkPagination(run: Run, operation: Operation): Promise<void> {
  if (!itemOf(run.contract.document, operation)) return;
  const bound = await run.things.bind(operation);
  if ('missing' in bound) return run.ledger.skipped(operation, 'pagination', 'a walk through the pages', bound.missing);
  const list: Call = { operation, method: operation.method, path: bound.path };
  await checkCursor(run, operation, list);
  await furnish(run, operation, bound, list);
  const before = await read(run, list, [['limit', '100']]);
  if (!before) return;
  if (before.data.length < 2) {
    const reason = `the list has ${before.data.length} items, and no more could be made`;
    return run.ledger.skipped(operation, 'pagination', 'a walk through the pages', reason);
  }
  for (const limit of [1, 3]) await walk(run, operation, list, limit, before);
}

async function read(
  run: Run,
  list: Call,
  query: [string, string][],
): Promise<(Page & { exchange: Exchange }) | undefined> {
  const exchange = await run.client.send({ ...list, query });
  const page = exchange.json as Page | undefined;
  return isGood(exchange) && Array.isArray(page?.data) ? { ...page, exchange } : undefined;
}

async function walk(run: Run, operation: Operation, list: Call, limit: number, before: Page): Promise<void> {
  const name = `a walk by pages of ${limit}`;
  const parameter = queryParameters(operation).some((p) => p.name === 'cursor') ? 'cursor' : 'after';
  const seen: string[] = [];
  const findings: Finding[] = [];
  let cursor: string | null = null;
  let last: Exchange | undefined;
  for (let n = 0; n < PAGES; n++) {
    const page: (Page & { exchange: Exchange }) | undefined = await read(run, list, [
      ['limit', String(limit)],
      ...(cursor === null ? [] : [[parameter, cursor] as [string, string]]),
    ]);
    if (!page) break;
    last = page.exchange;
    if (page.data.length > limit)
      findings.push({ message: `a page of ${limit} has ${page.data.length} items`, exchange: last });
    if (page.next_cursor !== null && page.data.length < limit)
      findings.push({
        message: `a page of ${limit} has ${page.data.length} items, but its next_cursor says that there are more`,
        exchange: last,
      });
    seen.push(...page.data.map((item) => identity(item)));
    if (page.next_cursor === cursor && cursor !== null)
      findings.push({ message: 'next_cursor leads to the same page again', exchange: last });
    cursor = page.next_cursor;
    if (cursor === null || findings.length) break;
  }
  const after = await read(run, list, [['limit', '100']]);
  if (after && findings.length === 0) findings.push(...faultsOf(seen, before, after, cursor === null, last));
  conclude(run, operation, 'pagination', name, ...findings.slice(0, 1));
}

/** Things come and go while a list is walked: only what was there before and after counts. */
function faultsOf(
  seen: string[],
  before: Page,
  after: Page,
  isWhole: boolean,
  exchange: Exchange | undefined,
): Finding[] {
  const double = seen.find((id, i) => seen.indexOf(id) !== i);
  if (double !== undefined) return [{ message: `${double} came twice`, exchange }];
  const later = new Set(after.data.map((item) => identity(item)));
  const steady = before.data.map((item) => identity(item)).filter((id) => later.has(id));
  const end = isWhole && before.next_cursor === null ? steady.length : steady.findLastIndex((id) => seen.includes(id));
  const skipped = steady.slice(0, end).find((id) => !seen.includes(id));
  if (skipped !== undefined) return [{ message: `${skipped} is in the list, but came on no page`, exchange }];
  const order = steady.filter((id) => seen.includes(id));
  const walked = seen.filter((id) => order.includes(id));
  return order.join() === walked.join() ? [] : [{ message: 'the pages have another order than the list', exchange }];
}

/** The id of an item; what has none is what it says. */
function identity(item: unknown): string {
  const { id } = (item ?? {}) as Record<string, unknown>;
  return String(id ?? JSON.stringify(item));
}

async function checkCursor(run: Run, operation: Operation, list: Call): Promise<void> {
  const cursor = queryParameters(operation).find(({ name }) => name === 'cursor');
  for (const [what, value] of cursor
    ? ([
        ['of nobody', 'bm90IGEgY3Vyc29y'],
        ['that is no text of ours', '!'],
      ] as const)
    : []) {
    const exchange = await run.client.send({ ...list, query: [['cursor', value]] });
    const refused = exchange.status === 400 && pointersIn(exchange.json).some((pointer) => pointer === '?cursor');
    conclude(
      run,
      operation,
      'pagination',
      `a cursor ${what}`,
      expecting(run, exchange, refused, 'it must be refused as 400, pointing at "?cursor"'),
    );
  }
}

/** Makes what the list shows, until there is enough to turn a page. */
async function furnish(run: Run, operation: Operation, bound: Bound, list: Call): Promise<void> {
  const { contract } = run;
  const item = itemOf(contract.document, operation);
  const own = item && firstForm(contract.document, item).properties?.id?.$ref;
  const maker =
    contract.operations.find(({ method, path }) => method === 'POST' && path === operation.path) ??
    (own ? makerOf(run, own, bound) : undefined);
  if (!maker) return;
  const page = await read(run, list, [['limit', String(ENOUGH)]]);
  for (let n = page?.data.length ?? 0; n < ENOUGH; n++) {
    const prepared = prepare(run.sampling(), maker, { ...bound, path: fill(maker.path, bound.values) });
    if ('missing' in prepared || !isGood(await run.client.send(prepared.call))) return;
  }
}

function makerOf({ contract }: Run, $ref: string, { values }: Bound): Operation | undefined {
  return contract.operations.find(({ method, path, answers }) => {
    const schema = successOf({ answers })?.schema;
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    if (method !== 'POST' || !schema || !names.every((name) => values[name] !== undefined)) return false;
    return firstForm(contract.document, schema).properties?.id?.$ref === $ref;
  });
}
