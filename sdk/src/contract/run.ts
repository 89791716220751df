import { checkAuthentication, checkScopes } from './checks/authentication.ts';
import { checkBatch } from './checks/batch.ts';
import { checkExamples } from './checks/examples.ts';
import { checkIdempotency } from './checks/idempotency.ts';
import { checkInvalid } from './checks/invalid.ts';
import { checkMediaTypes, checkSize } from './checks/media-types.ts';
import { checkMethods, checkNoPath } from './checks/methods.ts';
import { checkNotFound, checkTenancy } from './checks/not-found.ts';
import { checkPagination } from './checks/pagination.ts';
import { checkStream } from './checks/stream.ts';
import { checkValid } from './checks/valid.ts';
import { asDocument, CannotCheck, type ContractOptions } from './options.ts';
import { type ContractReport, summaryOf } from './report/report.ts';
import { type Contract, type Operation, pathParameters, readContract, takesKey } from './spec/contract.ts';
import { validatorsFor } from './spec/validators.ts';
import type { Sampling } from './values/sampling.ts';
import { type CleanUp, cleanUpFor } from './world/clean-up.ts';
import { type Client, createClient, OutOfTime } from './world/client.ts';
import { enterAnswer } from './world/enter-answer.ts';
import { baseUrlOf, greet } from './world/greet.ts';
import { SIMULATOR } from './world/guard.ts';
import { memberOf } from './world/json.ts';
import { makeKeys } from './world/keys.ts';
import { type Ledger, openLedger } from './world/ledger.ts';
import { prepare } from './world/requests.ts';
import type { Run } from './world/run-state.ts';
import { findThings } from './world/things.ts';

const GRACE_MS = 60_000;

/**
 * Holds a deployment against the contract. What it makes there it takes away again, and mail goes to simulator.test
 * alone. Throws a CannotCheck when the deployment cannot be reached or the key is refused.
 */
export async function checkContract(options: ContractOptions): Promise<ContractReport> {
  const started_ms = Date.now();
  const contract = readContract(asDocument(options.spec));
  const chosen = choose(contract, options);
  const ledger = openLedger();
  const word = `ck${Math.floor(Math.random() * 36 ** 5).toString(36)}x`;
  const cleanUp = cleanUpFor(contract, word);
  const { run, client } = open(options, contract, chosen, ledger, cleanUp, { word, started_ms });
  let reason: string | undefined;
  let left_behind: string[];
  try {
    await greet(run, chosen);
    await cleanUp.prepare(client, chosen);
    await checkAll(run, chosen, options);
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    reason = options.signal?.aborted ? 'it was interrupted' : 'its time was up (--max-duration)';
  } finally {
    left_behind = await cleanUp
      .run(client.grace(GRACE_MS))
      .catch((error: unknown) => [
        error instanceof OutOfTime ? `what bears ${word} in its name: cleaning up took too long` : String(error),
      ]);
  }
  const operations = ledger
    .bySubject()
    .map(({ subject: { id, method, path }, checks }) => ({ id, method, path, checks }));
  return {
    contract: { title: contract.document.info.title ?? '', version: contract.version },
    base_url: options.baseUrl,
    started_at: new Date(started_ms).toISOString(),
    duration_ms: Date.now() - started_ms,
    requests: client.requests,
    complete: reason === undefined,
    ...(reason !== undefined && { reason }),
    summary: summaryOf(operations),
    operations,
    left_behind,
  };
}

function choose({ operations }: Contract, { only = [], skip = [] }: ContractOptions): Operation[] {
  const unknown = [...only, ...skip].find((id) => !operations.some((operation) => operation.id === id));
  if (unknown !== undefined) throw new CannotCheck(`The contract has no operation ${unknown}.`);
  return operations.filter(({ id }) => (only.length === 0 || only.includes(id)) && !skip.includes(id));
}

function open(
  options: ContractOptions,
  contract: Contract,
  chosen: Operation[],
  ledger: Ledger,
  cleanUp: CleanUp,
  { word, started_ms }: { word: string; started_ms: number },
): { run: Run; client: Client } {
  const validators = validatorsFor(contract.document);
  const base_url = baseUrlOf(options.baseUrl, contract.base_path);
  const sender = options.from ?? `contract@${SIMULATOR}`;
  const wanted = new Set(chosen.map(({ id }) => id));
  const client = createClient({
    base_url,
    key: options.key,
    rate: options.rate ?? 200,
    fetch: options.fetch ?? fetch,
    senders: [sender.toLowerCase()],
    signal: options.signal ?? new AbortController().signal,
    deadline_ms: started_ms + (options.maxDuration ?? 600) * 1_000,
    onExchange(exchange) {
      cleanUp.notice(exchange);
      things.notice(exchange);
      if (!exchange.call.operation || wanted.has(exchange.call.operation.id))
        enterAnswer(contract, validators, ledger, exchange);
    },
  });
  let count = 0;
  const sampling = (): Sampling => ({
    document: contract.document,
    validators,
    label: `${word}${(count++).toString(36)}`,
    sender,
    now_ms: Date.now(),
    idFor: (name) => things.known(name),
  });
  const things = findThings({ contract, client, sampling });
  const run: Run = {
    contract,
    validators,
    client,
    ledger,
    things,
    base_url,
    stranger_key: options.strangerKey,
    keys: { missing: 'no keys were made' },
    sampling,
  };
  return { run, client };
}

async function checkAll(run: Run, chosen: Operation[], { onProgress, from }: ContractOptions): Promise<void> {
  await mayWeSend(run, chosen, from);
  if (chosen.some(({ scope, open: isOpen }) => scope && !isOpen))
    run.keys = await makeKeys(run.contract, run.client, run.sampling);
  for (const [i, operation] of inOrder(chosen).entries()) {
    onProgress?.(operation.id, i, chosen.length);
    await checkExamples(run, operation);
    await checkAuthentication(run, operation);
    await checkScopes(run, operation);
    await checkIdempotency(run, operation);
    await checkValid(run, operation);
    await checkInvalid(run, operation);
    await checkBatch(run, operation);
    await checkMediaTypes(run, operation);
    await checkNotFound(run, operation);
    await checkPagination(run, operation);
    await checkTenancy(run, operation);
    await checkStream(run, operation);
  }
  for (const path of new Set(chosen.map((operation) => operation.path)))
    await checkMethods(
      run,
      run.contract.operations.filter((operation) => operation.path === path),
    );
  await checkNoPath(run);
  await checkSize(run, chosen);
}

/** Outside of capture mode only mail from a verified domain is taken: without one, every check would fail for one reason. */
async function mayWeSend(run: Run, chosen: Operation[], from: string | undefined): Promise<void> {
  const operation = chosen.find(({ id }) => id === 'sendEmail');
  if (!operation) return;
  const prepared = prepare(run.sampling(), operation, { path: operation.path, values: {} });
  if ('missing' in prepared) return;
  const { status, json } = await run.client.send(prepared.call);
  if (status === 403 && memberOf(json, 'code') === 'domain-not-verified')
    throw new CannotCheck(
      `The deployment takes no mail from ${from ?? SIMULATOR}: name an address at a verified domain (--from).`,
    );
}

/** First what makes things, so that there is something to look at; then what shows them; last what takes them away. */
function inOrder(operations: Operation[]): Operation[] {
  const rank = (operation: Operation) => {
    if (operation.method === 'DELETE') return 3;
    if (operation.method === 'GET') return 2;
    return takesKey(operation) && pathParameters(operation).length === 0 ? 0 : 1;
  };
  return [...operations].sort((a, b) => rank(a) - rank(b));
}
