-- Up Migration

-- An email names its messages, so that they are found by their primary key. An index of the messages by email would be
-- written with each message, and again with every lease and every settlement, for those move a message within its table.
alter table emails add column message_ids uuid[];
update emails e
   set message_ids = array(select o.id from outbound_messages o where o.tenant_id = e.tenant_id and o.email_id = e.id order by o.id);
alter table emails alter column message_ids set not null;
drop index outbound_messages_email_id_idx;

-- Down Migration
