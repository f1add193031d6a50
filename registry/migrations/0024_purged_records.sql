-- Up Migration
-- What each purge destroyed, one by one: the digest that the audit key signed is over these lines, in their order. Absent
-- with audit lines, which their chain counts, and with purges of before.
create table purged_records (
  purge_id  uuid not null references purges (id),
  ordinal   integer not null check (ordinal > 0),
  -- A certificate's serial; the id of evidence or a consent; generation, shard and number of a CRL.
  record_id text not null,
  -- SHA-256 of what it was, hex.
  digest    text not null,
  primary key (purge_id, ordinal)
);
create index purged_records_by_id on purged_records (record_id);
create trigger purged_records_stay before update or delete on purged_records
  for each row execute function refuse_change();
create trigger purged_records_stay_whole before truncate on purged_records
  for each statement execute function refuse_change();

-- What was signed last into the folder of checkpoints, so that whoever can write there alone removes nothing unseen.
create table audit_last_checkpoint (
  one       boolean primary key default true check (one),
  -- SHA-256 (base64url) of what was signed: the next one names it.
  digest    text not null check (length(digest) = 43),
  signed_at timestamptz not null,
  -- It was not in the folder any more when the next was signed; from then on this row stays as it is.
  lost      boolean not null default false
);

-- How old a record is by its line: retention asks for each record that it would destroy.
create index audit_lines_of_records on audit_lines (subject)
  where act in ('application-accepted', 'certificate-issued', 'consent-changed', 'consent-expired');

-- Down Migration
drop index audit_lines_of_records;
drop table audit_last_checkpoint;
drop table purged_records;
