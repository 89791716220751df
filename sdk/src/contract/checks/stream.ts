import { isStream, itemOf, type Operation } from '../spec/contract.ts';
import { nameOf, step } from '../spec/document.ts';
import type { Exchange } from '../world/client.ts';
import { itemsIn, pointersIn } from '../world/json.ts';
import { codeOf, conclude, expecting, type Finding, type Run } from '../world/run-state.ts';
import { type Frame, framesOf } from './frames.ts';

interface Log {
  operation: Operation;
  /** Where the contract says what an item is. */
  place: string;
}

const WAIT_MS = 15_000;
const MOST = 20;

/** The stream is the log: resumed behind an event it gives those that follow, each once, in the log's order. */
export async function checkStream(run: Run, operation: Operation): Promise<void> {
  if (!isStream(operation)) return;
  const resume = operation.parameters.find((p) => p.in === 'header');
  const log = logOf(run, operation);
  if (!resume || !log)
    return run.ledger.skipped(operation, 'stream', 'resuming', 'the contract has no log to hold it against');
  await checkBadId(run, operation, resume.name);
  const page = await run.client.send({
    operation: log.operation,
    method: 'GET',
    path: log.operation.path,
    query: [['limit', String(MOST)]],
  });
  const events = itemsIn(page.json).map(({ id }) => String(id));
  const [first, ...following] = events;
  if (first === undefined || following.length === 0)
    return run.ledger.skipped(operation, 'stream', 'resuming', `the log has ${events.length} events`);
  const frames = await read(run, operation, { [resume.name]: first }, following.length);
  if ('finding' in frames) return conclude(run, operation, 'stream', 'resuming', frames.finding);
  const seen = frames.list.map(({ id }) => id);
  const wrong = following.findIndex((id, i) => seen[i] !== id);
  const message = `behind ${first} the log goes on with ${following[wrong]}, but the stream gave ${seen[wrong] ?? 'nothing'} in its place`;
  conclude(
    run,
    operation,
    'stream',
    'resuming behind an event',
    wrong === -1 ? undefined : { message, exchange: frames.exchange },
  );
  conclude(
    run,
    operation,
    'stream',
    'what an event says',
    ...frames.list.flatMap((frame) => faultsOf(run, log, frame, frames.exchange)).slice(0, 1),
  );
}

/** The list at the path above, whose items are what the stream resumes behind. */
function logOf({ contract }: Run, { path, parameters }: Operation): Log | undefined {
  const operation = contract.operations.find(
    (o) => o.method === 'GET' && o.path === path.slice(0, path.lastIndexOf('/')),
  );
  const item = operation && itemOf(contract.document, operation);
  const name = nameOf(item?.$ref);
  if (!operation || !name || parameters.length === 0) return undefined;
  return { operation, place: `#/components/schemas/${step(name)}` };
}

async function checkBadId(run: Run, operation: Operation, header: string): Promise<void> {
  const call = {
    operation,
    method: operation.method,
    path: operation.path,
    headers: { [header]: 'contract-no-such-id' },
  };
  const exchange = await run.client.send(call);
  const refused =
    exchange.status === 400 &&
    codeOf(exchange) === 'invalid-request' &&
    pointersIn(exchange.json).some((pointer) => pointer.toLowerCase() === `${header.toLowerCase()}:`);
  conclude(
    run,
    operation,
    'stream',
    `a ${header} of nothing`,
    expecting(run, exchange, refused, `it must be refused as 400 invalid-request, pointing at "${header}:"`),
  );
}

async function read(
  run: Run,
  operation: Operation,
  headers: Record<string, string>,
  count: number,
): Promise<{ list: Frame[]; exchange: Exchange } | { finding: Finding }> {
  const call = { operation, method: operation.method, path: operation.path, headers };
  const ends = AbortSignal.timeout(WAIT_MS);
  const exchange: Exchange = {
    call,
    url: `${run.base_url}${operation.path}`,
    status: 0,
    headers: new Headers(),
    text: '',
    json: undefined,
  };
  const list: Frame[] = [];
  try {
    const response = await run.client.open(call, ends);
    Object.assign(exchange, { status: response.status, headers: response.headers });
    if (response.status !== 200 || !response.body)
      return { finding: { message: `a stream must be answered 200; it was ${response.status}`, exchange } };
    for await (const frame of framesOf(response.body)) {
      exchange.text += `${frame.raw}\n\n`;
      // An id without data only says where to resume.
      if (frame.data !== undefined) list.push(frame);
      if (list.length >= count) break;
    }
  } catch (error) {
    if (!ends.aborted) throw error;
  }
  return { list, exchange };
}

function faultsOf({ validators }: Run, { place }: Log, { id, event, data = '' }: Frame, exchange: Exchange): Finding[] {
  let value: { id?: unknown; type?: unknown };
  try {
    value = JSON.parse(data) as typeof value;
  } catch {
    return [{ message: `the data of ${id} is not JSON`, exchange }];
  }
  const faults = validators
    .faultsOf(place, value)
    .map(({ pointer, message }) => `the data of an event: ${pointer} ${message}`);
  if (value.id !== id) faults.push(`the frame’s id is ${id}, its event’s ${value.id}`);
  if (value.type !== event) faults.push(`the frame’s event is ${event}, its event’s type ${value.type}`);
  return faults.map((message) => ({ message, exchange, place }));
}
