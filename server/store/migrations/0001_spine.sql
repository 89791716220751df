-- Up Migration

-- The order of the values is the rank of a status; the contract's MessageStatus lists them in the same order (tested).
create type message_status as enum (
  'scheduled', 'queued', 'sent', 'delivered', 'opened', 'clicked',
  'suppressed', 'canceled', 'failed', 'bounced', 'complained'
);

-- UUIDv7 for rows that SQL itself makes. Postgres 18 has uuidv7(); 15 to 17 do not.
create function new_id(at timestamptz) returns uuid language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$;

create table installation (
  only_row     boolean primary key default true check (only_row),
  -- An HMAC by KOLTRIX_SECRET over a constant: a process with another secret must not start.
  secret_check bytea not null
);

create table tenants (
  id         uuid primary key,
  name       text not null,
  created_at timestamptz not null
);

create table api_keys (
  id           uuid primary key,
  tenant_id    uuid not null references tenants,
  name         text not null,
  scope        text not null check (scope in ('full', 'send', 'read')),
  hash         bytea not null unique,
  prefix       text not null,
  created_at   timestamptz not null,
  last_used_at timestamptz,
  revoked_at   timestamptz
);
create index on api_keys (tenant_id, id desc);

-- Immutable once written. No foreign keys on the hot tables: every row is written by one statement that writes its parent.
create table emails (
  tenant_id    uuid not null,
  id           uuid not null,
  source       text not null check (source in ('rest', 'smtp', 'campaign')),
  mail_from    text not null,
  from_header  text not null,
  from_address text not null,
  subject      text not null,
  tags         jsonb not null,
  metadata     jsonb not null,
  format       text not null check (format in ('composed', 'raw')),
  content      bytea not null,
  scheduled_at timestamptz,
  created_at   timestamptz not null,
  primary key (tenant_id, id)
) with (toast_tuple_target = 8160);
-- Mail is mostly base64 or short: compressing it costs more at accept than it saves.
alter table emails alter column content set storage external;
create index on emails using gin (tags jsonb_path_ops) where tags <> '{}';

create table outbound_messages (
  id                 uuid primary key,
  tenant_id          uuid not null,
  email_id           uuid not null,
  -- As submitted, and in the form in which addresses are compared.
  recipient          text not null,
  recipient_canonical text not null,
  kind               text not null check (kind in ('to', 'cc', 'bcc')),
  status             message_status not null,
  -- When it is next to be looked at: the time of the next try or, while leased, the end of the lease.
  due_at             timestamptz,
  leased_by          text,
  attempt            integer not null default 0,
  -- Tries that counted against the retry schedule; a host that was not reached costs none.
  tries              integer not null default 0,
  queued_at          timestamptz,
  last_smtp_code     integer,
  last_enhanced_code text,
  last_reply         text,
  check ((status in ('scheduled', 'queued')) = (due_at is not null)),
  check (leased_by is null or status = 'queued'),
  check (status <> 'queued' or queued_at is not null)
) with (fillfactor = 80);
create index on outbound_messages (email_id);
create index on outbound_messages (tenant_id, recipient_canonical, email_id desc);
create index outbound_messages_due on outbound_messages (due_at) where status in ('scheduled', 'queued');
create index outbound_messages_exits on outbound_messages (tenant_id, status, email_id desc)
  where status in ('suppressed', 'canceled', 'failed', 'bounced', 'complained');

-- While any message is in flight, the least advanced one in flight; else the most advanced success; else the ways out.
create function email_status(statuses message_status[]) returns message_status language sql immutable parallel safe as $$
  select s from unnest(statuses) s
   order by case
     when s in ('scheduled', 'queued') then 0
     when s in ('sent', 'delivered', 'opened', 'clicked') then 1
     when s = 'bounced' then 2 when s = 'complained' then 3 when s = 'failed' then 4 when s = 'suppressed' then 5
     else 6 end,
     case when s in ('scheduled', 'queued') then s end,
     s desc
   limit 1
$$;

create function refuse_backward_status() returns trigger language plpgsql as $$
begin
  raise exception 'outbound message %: status % cannot follow %', old.id, new.status, old.status
    using errcode = 'check_violation';
end $$;
create trigger status_moves_forward before update on outbound_messages
  for each row when (new.status < old.status) execute function refuse_backward_status();

create table attempts (
  message_id     uuid not null,
  number         integer not null,
  started_at     timestamptz not null,
  duration_ms    integer not null,
  host           text,
  remote_address text,
  tls            boolean not null,
  outcome        text not null check (outcome in ('accepted', 'deferred', 'refused', 'unreachable', 'uncertain')),
  smtp_code      integer,
  enhanced_code  text,
  reply          text not null,
  primary key (message_id, number)
);

create table events (
  id         uuid primary key,
  tenant_id  uuid not null,
  email_id   uuid not null,
  message_id uuid not null,
  type       text not null,
  detail     jsonb,
  created_at timestamptz not null,
  -- The log is read in the order (xact_id, id) and only behind the oldest running transaction: see spec/decisions/event-order.md.
  xact_id    xid8 not null default pg_current_xact_id()
);
create index on events (tenant_id, xact_id, id);
create index on events (email_id);

create table idempotency_keys (
  tenant_id   uuid not null,
  key         text not null,
  operation   text not null,
  fingerprint bytea not null,
  status      integer not null,
  -- The answer's JSON; sealed with KOLTRIX_SECRET where it holds a secret.
  answer      bytea not null,
  sealed      boolean not null,
  email_ids   uuid[] not null,
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  primary key (tenant_id, key)
);
-- Rows come in the order of their expiry, so a summary of each stretch of the table serves, at next to no cost.
create index on idempotency_keys using brin (expires_at) with (pages_per_range = 32);

create table suppressions (
  tenant_id         uuid not null,
  -- In canonical form: lower case, domain in ASCII.
  address           text not null,
  reason            text not null check (reason in
    ('hard', 'soft', 'block', 'unknown', 'repeated-soft', 'complaint', 'unsubscribe', 'manual')),
  source_message_id uuid,
  diagnostic        text,
  created_at        timestamptz not null,
  expires_at        timestamptz,
  primary key (tenant_id, address)
);
create index on suppressions (tenant_id, created_at desc, address desc);

create table webhook_endpoints (
  id                         uuid primary key,
  tenant_id                  uuid not null references tenants,
  url                        text not null,
  description                text,
  event_types                text[],
  state                      text not null check (state in ('enabled', 'disabled')),
  disabled_reason            text check (disabled_reason in ('manual', 'gone', 'failing')),
  disabled_at                timestamptz,
  failing_since              timestamptz,
  last_failure               text,
  -- Sealed with KOLTRIX_SECRET: signing needs them in the clear.
  secret                     bytea not null,
  previous_secret            bytea,
  previous_secret_expires_at timestamptz,
  -- Grows with each lease of this endpoint's deliveries: of two leases at once, the one that read an old value gives way.
  lease_no                   bigint not null default 0,
  created_at                 timestamptz not null,
  updated_at                 timestamptz not null,
  check (previous_secret is null or previous_secret_expires_at is not null),
  check ((state = 'disabled') = (disabled_reason is not null)),
  check ((state = 'disabled') = (disabled_at is not null))
);
create index on webhook_endpoints (tenant_id, id desc);

create table webhook_deliveries (
  id          uuid primary key,
  tenant_id   uuid not null,
  -- No foreign key: an endpoint that is deleted at this moment must not fail the batch of mail that writes for it.
  endpoint_id uuid not null,
  event_id    uuid not null,
  event_type  text not null,
  -- The body of a test event; that of a real one is read from the log.
  payload     text,
  state       text not null check (state in ('pending', 'delivered', 'exhausted')),
  due_at      timestamptz,
  leased_by   text,
  -- Counts every try; `tries` starts again when the delivery is sent again by hand.
  attempt     integer not null default 0,
  tries       integer not null default 0,
  created_at  timestamptz not null,
  check ((state = 'pending') = (due_at is not null)),
  check (leased_by is null or state = 'pending')
);
create index on webhook_deliveries (endpoint_id, state, id desc);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at) where state = 'pending';
create index webhook_deliveries_leased on webhook_deliveries (endpoint_id) where leased_by is not null;

create table webhook_attempts (
  delivery_id      uuid not null references webhook_deliveries on delete cascade,
  number           integer not null,
  started_at       timestamptz not null,
  duration_ms      integer not null,
  status_code      integer,
  error            text,
  response_excerpt text,
  primary key (delivery_id, number)
);

create table captured_messages (
  id              uuid primary key,
  tenant_id       uuid not null,
  email_id        uuid not null,
  message_id      uuid not null,
  mail_from       text not null,
  -- Canonical form.
  rcpt_to         text not null,
  source          bytea not null,
  received_at     timestamptz not null,
  -- What a simulated recipient does after it has taken the message.
  feedback        text check (feedback in ('complaint', 'bounce')),
  feedback_due_at timestamptz,
  check (feedback_due_at is null or feedback is not null)
) with (toast_tuple_target = 8160);
alter table captured_messages alter column source set storage external;
-- Lists go by the time of receipt, so that `since` is a range of the index however much mail lies before it.
create index on captured_messages (tenant_id, received_at desc, id desc);
create index on captured_messages (tenant_id, rcpt_to, received_at desc, id desc);
create index captured_messages_feedback on captured_messages (feedback_due_at) where feedback_due_at is not null;
-- For purging alone. Not on the column itself: lists would take it too, and walk over the mail of all other tenants.
create index captured_messages_age on captured_messages ((received_at at time zone 'UTC'));

-- Down Migration
