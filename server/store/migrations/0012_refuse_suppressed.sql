-- Up Migration

-- Ends the transaction of a batch that went in as if nobody were suppressed.
create function refuse_suppressed() returns boolean language plpgsql as $$
begin
  raise exception 'a recipient is suppressed' using errcode = 'KX001';
end $$;

-- Down Migration
