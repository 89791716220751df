import type { Event, EventType, Hooks } from '../index.ts';
import { Interruption } from './failure.ts';
import type { Session } from './session.ts';

interface Following {
  type?: EventType[] | undefined;
  /** Begin behind this event rather than now. */
  after?: string | undefined;
}

/**
 * Hands over events as they happen, one after the other, until `take` has had enough (gives false) or the user stops it,
 * which is how following ends rather than a failure. The SDK resumes after a broken connection; the user is told.
 */
export async function followEvents(
  session: Session,
  { type, after }: Following,
  take: (event: Event) => Promise<boolean>,
): Promise<void> {
  const { signal, note, err } = session;
  let lastId = after;
  const koltrix = session.connect({ hooks: watching(session) });
  const events = koltrix.events.stream(type ? { type } : {}, { signal, ...(after && { lastEventId: after }) });
  try {
    for await (const event of events) {
      if (!(await take(event))) return;
      lastId = event.id;
    }
  } catch (error) {
    if (!wasStopped(signal)) throw error;
    if (lastId) note(err.paint('dim', `Stopped. Go on from here with --after ${lastId}`));
  }
}

const wasStopped = ({ aborted, reason }: AbortSignal) =>
  aborted && reason instanceof Interruption && reason.by !== 'EPIPE';

/** Tells when the connection stands, is lost, and stands again. */
function watching({ note, err }: Session): Hooks {
  let state: 'new' | 'up' | 'down' = 'new';
  return {
    onRequest() {
      // Whoever has been connected and asks again has lost the connection.
      if (state === 'up') {
        state = 'down';
        note(err.paint('yellow', '… The connection is lost; trying to resume'));
      }
    },
    onResponse({ status }) {
      if (status !== 200) return;
      note(err.paint('dim', state === 'new' ? 'Connected. Ctrl-C stops.' : 'Connected again; nothing was missed.'));
      state = 'up';
    },
  };
}
