import type { Suppression } from '../generated/types.gen.ts';
import { showId } from '../store/ids.ts';
import type { SuppressionRow } from '../store/suppressions.sql.ts';

export function presentSuppression(row: SuppressionRow): Suppression {
  return {
    address: row.address,
    topic: row.topic || null,
    reason: row.reason,
    source_message_id: row.source_message_id && showId('msg', row.source_message_id),
    diagnostic: row.diagnostic,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
  };
}
