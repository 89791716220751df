-- Up Migration

alter table attempts
  -- The certificate was one that TLSA records name.
  add column tls_dane boolean not null default false;

-- Down Migration
