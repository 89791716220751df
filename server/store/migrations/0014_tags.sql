-- Up Migration

-- Tags wait in a list, which whoever fills it sorts into the index within its own statement, and which a search reads whole.
-- 32 pages are sorted in 3 to 20 ms; the 512 that are usual took up to 260 ms, in the midst of accepting mail.
alter index emails_tags_idx set (gin_pending_list_limit = 256);

-- Down Migration
