import type { Attempt } from '../generated/types.gen.ts';
import type { AttemptRow } from '../store/attempts.sql.ts';
import { showId } from '../store/ids.ts';

export function presentAttempt(row: AttemptRow): Attempt {
  const { tls_protocol, tls_cipher, tls_verified, tls_dane } = row;
  return {
    message_id: showId('msg', row.message_id),
    recipient: row.recipient,
    number: row.number,
    started_at: row.started_at.toISOString(),
    duration_ms: row.duration_ms,
    host: row.host,
    remote_address: row.remote_address,
    source_address: row.source_address,
    tls:
      tls_protocol === null
        ? null
        : { protocol: tls_protocol, cipher: tls_cipher ?? '', verified: tls_verified, dane: tls_dane },
    outcome: row.outcome,
    reply: { smtp_code: row.smtp_code, enhanced_code: row.enhanced_code, text: row.reply },
  };
}
