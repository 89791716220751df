-- Up Migration

-- What came back for a message: delivery reports, complaints, unsubscribe mail, and what was none of these.
create table reports (
  id             uuid primary key,
  tenant_id      uuid not null,
  email_id       uuid not null,
  message_id     uuid not null,
  -- The event that it was to cause; there is none of that id when it changed nothing.
  event_id       uuid,
  kind           text not null check (kind in
    ('bounce', 'delay', 'delivery', 'complaint', 'unsubscribe', 'notice', 'unknown')),
  -- Whether it bore a token of ours. One without changes nothing.
  signed         boolean not null,
  mail_from      text not null,
  rcpt_to        text not null,
  remote_address text,
  reporting_mta  text,
  smtp_code      integer,
  enhanced_code  text,
  diagnostic     text,
  feedback_type  text,
  -- Of all that came, of which `source` may be only the start.
  size_bytes     integer not null,
  source         bytea not null,
  -- The same report, sent again by a server that missed our answer, has the same.
  fingerprint    bytea not null,
  received_at    timestamptz not null,
  unique (message_id, fingerprint),
  check (signed or event_id is null)
);
create index on reports (tenant_id, id desc);
create index on reports (tenant_id, kind, id desc);
-- For purging alone.
create index reports_age on reports using brin (received_at) with (pages_per_range = 32);

-- Down Migration
