-- Up Migration

-- Each secret that was replaced signs for its own 24 hours, also when the one after it is replaced meanwhile.
alter table webhook_endpoints
  add column previous_secrets bytea[] not null default '{}',
  add column previous_secrets_expire_at timestamptz[] not null default '{}',
  add check (cardinality(previous_secrets) = cardinality(previous_secrets_expire_at));
update webhook_endpoints
   set previous_secrets = array[previous_secret], previous_secrets_expire_at = array[previous_secret_expires_at]
 where previous_secret is not null;
alter table webhook_endpoints drop column previous_secret, drop column previous_secret_expires_at;

-- Down Migration
