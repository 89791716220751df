-- Up Migration

create table domains (
  id            uuid primary key,
  tenant_id     uuid not null references tenants,
  -- Lower case, in ASCII. Several tenants may claim one name; DNS proves whose it is by the key that it holds.
  name          text not null,
  status        text not null check (status in ('pending', 'verified', 'failed')),
  verified_at   timestamptz,
  -- Since when a verified domain's proof is gone from DNS.
  failing_since timestamptz,
  -- When the look-ups began on which the state rests.
  checked_at    timestamptz,
  -- When DNS is to be asked next or, while leased, the end of the lease.
  due_at        timestamptz not null,
  leased_by     text,
  created_at    timestamptz not null,
  unique (tenant_id, name),
  check ((status = 'verified') = (verified_at is not null)),
  check (failing_since is null or status = 'verified')
);
create index on domains (tenant_id, id desc);
create index domains_due on domains (due_at);

create table dkim_keys (
  id          uuid primary key,
  domain_id   uuid not null references domains on delete cascade,
  tenant_id   uuid not null,
  selector    text not null,
  -- PKCS #8 in PEM, sealed with KOLTRIX_SECRET.
  private_key bytea not null,
  -- SubjectPublicKeyInfo in base64, as the record's p= has it.
  public_key  text not null,
  created_at  timestamptz not null,
  -- When DNS was first seen to hold it; until then it must not sign.
  verified_at timestamptz,
  -- When it is destroyed, once a newer key signs.
  retires_at  timestamptz,
  unique (domain_id, selector),
  check (retires_at is null or verified_at is not null)
);
-- One new key at a time waits for its record.
create unique index dkim_keys_pending on dkim_keys (domain_id) where verified_at is null;

-- What DNS was last found to hold; no row means never seen and never asked.
create table domain_records (
  domain_id  uuid not null references domains on delete cascade,
  tenant_id  uuid not null,
  name       text not null,
  purpose    text not null check (purpose in ('dkim', 'return_path', 'dmarc', 'tracking')),
  -- What was expected then: when the installation's hosts change, an old finding says nothing.
  value      text not null,
  state      text not null check (state in ('pending', 'verified', 'failed')),
  found      text[] not null,
  detail     text,
  checked_at timestamptz not null,
  primary key (domain_id, name)
);

-- Down Migration
