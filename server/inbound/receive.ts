import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { Held, Hold } from './hold.ts';
import type { InboundLimits } from './limits.ts';
import { replies } from './reply.ts';
import { type Incoming, type TakeDeps, type Taken, takeReport } from './take.ts';

export interface ReceiveDeps extends TakeDeps {
  hold: Hold;
  limits: InboundLimits;
}

/** One DATA: its start is held, and taken as a report. Resolves with the reply, after the commit. */
export async function receive(
  deps: ReceiveDeps,
  door: Incoming['door'] | undefined,
  data: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<SmtpReply> {
  using held = deps.hold.begin(session.remoteAddress);
  const read = await readStart(data, held, deps.limits);
  if (read === 'gone') return replies.dataTooSlow;
  if (read === 'no room') return replies.noRoom;
  if (data.sizeExceeded) return replies.tooLarge;
  const rcpt_to = session.envelope.rcptTo[0]?.address;
  if (!door || rcpt_to === undefined) return replies.noSuchAddress;
  const taken = await takeReport(deps, {
    door,
    mail_from: senderOf(session),
    rcpt_to,
    remote_address: session.remoteAddress,
    source: held.bytes(),
    size_bytes: read.size_bytes,
  });
  return meaning[taken];
}

/** MAIL FROM; empty for the null sender. */
export function senderOf({ envelope }: SMTPServerSession): string {
  return (envelope.mailFrom || undefined)?.address ?? '';
}

/** A message that is known already was kept: whoever sends it again missed our answer. */
const meaning: Record<Taken, SmtpReply> = {
  kept: { code: 250, enhanced_code: '2.0.0', text: 'Thank you' },
  known: { code: 250, enhanced_code: '2.0.0', text: 'Thank you, again' },
  unsettled: replies.notSettled,
  full: replies.enough,
  unrelated: replies.unrelated,
};

type Read = { size_bytes: number } | 'gone' | 'no room';

/** Holds the start of a message, as much as is kept; answers how large it was, or why it is not there. */
function readStart(data: SMTPServerDataStream, held: Held, { data_timeout_ms }: InboundLimits): Promise<Read> {
  let size_bytes = 0;
  let has_room = true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => data.destroy(), data_timeout_ms);
    const finish = (result: Read) => {
      clearTimeout(timer);
      resolve(result);
    };
    data.on('data', (chunk: Buffer) => {
      size_bytes += chunk.length;
      // To the end all the same: the client listens no earlier.
      has_room &&= held.add(chunk);
    });
    data.on('end', () => finish(has_room ? { size_bytes } : 'no room'));
    // The library breaks the stream off with an error when the client goes away; `close` follows and says enough.
    data.on('error', () => {});
    data.on('close', () => finish('gone'));
  });
}
