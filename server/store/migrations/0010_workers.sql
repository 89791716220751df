-- Up Migration

-- Workers that deliver to the recipients' own servers; they share the limits of connections. Who has not been seen for a
-- while is dead.
create table workers (
  id      uuid primary key,
  seen_at timestamptz not null
);

-- Down Migration
