-- Up Migration

-- What waits for its sender's domain to be proven: no server has been asked, and the reply is our own.
create index outbound_messages_unproven on outbound_messages (tenant_id, last_reply)
  where status = 'queued' and last_source is null and last_enhanced_code = '4.7.0';

-- Down Migration
