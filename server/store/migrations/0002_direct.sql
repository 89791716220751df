-- Up Migration

alter table outbound_messages
  -- Goes after mail that somebody waits for.
  add column bulk boolean not null default false,
  -- Our address at the last try: a greylisted message comes again from the same one.
  add column last_source text;

-- Leasing walks from tenant to tenant, those of bulk mail apart, so that nobody's flood lies before another's message.
drop index outbound_messages_due;
create index outbound_messages_queue on outbound_messages (bulk, tenant_id, due_at) where status = 'queued';
create index outbound_messages_scheduled on outbound_messages (due_at) where status = 'scheduled';

alter table attempts
  drop column tls,
  add column source_address text,
  -- Null in the clear.
  add column tls_protocol text,
  add column tls_cipher text,
  add column tls_verified boolean not null default false;

-- What warm-up counts: messages from one of our addresses to one receiver on one day (UTC).
create table source_usage (
  source   text not null,
  receiver text not null,
  day      date not null,
  messages integer not null,
  primary key (source, receiver, day)
);

-- Down Migration
