import { setTimeout as sleep } from 'node:timers/promises';
import type { Email } from '../index.ts';
import { Failure } from './failure.ts';
import type { Session } from './session.ts';

const EVERY_ms = 500;
const UNDER_WAY = ['scheduled', 'queued'];

/** The email once none of its messages is under way any more. Fails when that takes longer than `wait_ms`. */
export async function followToEnd(id: string, { connect, signal }: Session, wait_ms: number): Promise<Email> {
  const { emails } = connect();
  const deadline = Date.now() + wait_ms;
  for (;;) {
    const email = await emails.get(id, { signal });
    if (!email.messages.some(({ status }) => UNDER_WAY.includes(status))) return email;
    if (Date.now() >= deadline) {
      const advice = `koltrix emails show ${id} tells what happened so far.`;
      throw new Failure(`The email is still under way after ${wait_ms / 1_000} s.`, { advice });
    }
    await sleep(EVERY_ms, undefined, { signal });
  }
}
