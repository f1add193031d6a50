-- Up Migration
-- What a party asked for beside what it was given: a consent may cover less, and the register may not know a value. Null: from
-- before this was kept.
alter table attribute_reads add column asked text[];

-- Down Migration
alter table attribute_reads drop column asked;
