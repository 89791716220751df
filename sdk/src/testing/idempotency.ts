import { invalid, Refusal } from './problem.ts';
import type { StoredAnswer, World } from './world.ts';

/** The caller's name for a request, with what makes a repeat the same request. */
export interface Claim {
  key: string;
  operation: string;
  fingerprint: string;
}

export interface Reply {
  status: number;
  body?: unknown;
}

const VISIBLE = /^[!-~]{1,255}$/;
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
const DAY_ms = 24 * 3_600_000;

/** 1–255 visible ASCII characters, bare or as a quoted structured-field string (RFC 8941). */
export function parseIdempotencyKey(header: string): string {
  const quoted = QUOTED.exec(header.trim())?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? header.trim();
  if (!VISIBLE.test(key)) {
    const detail = `must be 1 to 255 visible ASCII characters; it has ${key.length}`;
    throw new Refusal('invalid-idempotency-key', 'An idempotency key is 1 to 255 visible ASCII characters.', {
      faults: [{ pointer: 'Idempotency-Key:', detail }],
    });
  }
  return key;
}

/** Two requests are the same when operation, path, query and body are; key order and white space do not count. */
export function claimOf(
  key: string,
  operation: string,
  request: { path: unknown; query: unknown; body: unknown },
): Claim {
  const body = request.body instanceof Uint8Array ? latin1(request.body) : canonicalJson(request.body);
  return { key, operation, fingerprint: `${canonicalJson([request.path, request.query])}\n${body}` };
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

/** JSON with the names of each object in order. */
function canonicalJson(value: unknown): string {
  try {
    return canonical(value);
  } catch (error) {
    if (error instanceof RangeError) throw invalid({ pointer: '', detail: 'the body is nested too deeply' });
    throw error;
  }
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${members
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`)
    .sort()
    .join()}}`;
}

/** The live answer under a key. */
export function answerOf(world: World, key: string): StoredAnswer | undefined {
  const stored = world.answers.get(key);
  return stored && stored.expires_at > world.clock.now() ? stored : undefined;
}

interface Once<R extends Reply> {
  /** Waits as long as the mock was told to be slow. */
  latency: () => Promise<void>;
  work: () => R | Promise<R>;
}

/**
 * Does the work once for each key: a repeat of the same request is answered from the record. What is refused leaves no
 * record, so that a retry is executed.
 */
export async function once<R extends Reply>(
  world: World,
  claim: Claim | undefined,
  { latency, work }: Once<R>,
): Promise<{ reply: R; replayed: boolean }> {
  if (!claim) {
    await latency();
    return { reply: await work(), replayed: false };
  }
  if (world.running.has(claim.key)) {
    throw new Refusal(
      'idempotency-key-in-progress',
      'A request with this key is still running; retry after a second to get its answer.',
      { retry_after_s: 1 },
    );
  }
  world.running.add(claim.key);
  try {
    await latency();
    const stored = replayOf<R>(world, claim);
    if (stored) return { reply: stored, replayed: true };
    const reply = await work();
    record(world, claim, reply);
    return { reply, replayed: false };
  } finally {
    world.running.delete(claim.key);
  }
}

function replayOf<R extends Reply>(world: World, { key, operation, fingerprint }: Claim): R | undefined {
  const stored = answerOf(world, key);
  if (!stored) return undefined;
  if (stored.operation !== operation || stored.fingerprint !== fingerprint) {
    throw new Refusal(
      'idempotency-key-reused',
      'This key stands for another request of the last 24 hours; use a new key for a new request.',
      { faults: [{ pointer: 'Idempotency-Key:', detail: 'was used for a request with other content' }] },
    );
  }
  return { status: stored.status, body: JSON.parse(stored.body) } as R;
}

function record(world: World, claim: Claim, { status, body }: Reply): void {
  const created_at = world.clock.now();
  world.answers.set(claim.key, {
    operation: claim.operation,
    fingerprint: claim.fingerprint,
    status,
    body: JSON.stringify(body),
    email_ids: emailIdsIn(body),
    created_at,
    expires_at: new Date(created_at.getTime() + DAY_ms),
  });
}

/** Of an accepted email or a batch of them. */
function emailIdsIn(body: unknown): string[] {
  const { data = [body] } = (body ?? {}) as { data?: unknown[] };
  return data.map((item) => (item as { id?: string }).id ?? '').filter((id) => id.startsWith('em_'));
}
