-- Up Migration

-- Whether opens and clicks are counted: the email says, else its domain, else the tenant.
alter table tenants
  add column track_opens boolean not null default false,
  add column track_clicks boolean not null default false;
alter table domains
  add column track_opens boolean,
  add column track_clicks boolean;

alter table outbound_messages
  add column opens integer not null default 0,
  add column machine_opens integer not null default 0,
  add column clicks integer not null default 0,
  add column machine_clicks integer not null default 0,
  -- What the recipient can unsubscribe from by itself, beside all mail.
  add column topic text;

-- Empty: from all mail.
alter table suppressions add column topic text not null default '';
alter table suppressions drop constraint suppressions_pkey, add primary key (tenant_id, address, topic);

-- Down Migration
