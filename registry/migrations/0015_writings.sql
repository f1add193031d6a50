-- Up Migration
-- One version of the attribute record may be written in several ways that are no change of the person.

-- Every writing of a version after the first; writing 0 is the version's own row in `anchors`. Sealed as that is.
create table anchor_writings (
  person_id       uuid not null,
  version         integer not null,
  writing         integer not null check (writing > 0),
  attributes      bytea not null,
  additions       bytea,
  source          text not null check (source in ('card', 'j-lis')),
  evidence_id     uuid,
  register_answer bytea,
  created_at      timestamptz not null default now(),
  primary key (person_id, version, writing),
  foreign key (person_id, version) references anchors (person_id, version) on delete cascade,
  check ((source = 'card') = (evidence_id is not null))
);

-- What later writings have added to this one: furigana, and characters in place of substitutes. Sealed.
alter table anchors add column additions bytea;

-- Which writings the party was given: of the disclosed version, and of each attribute that it has from an earlier one.
-- Absent, or of another version than the disclosed: the version's own row.
alter table consents add column disclosed_writings jsonb;

-- The writing to be told of `version`, and the writings that the party has.
alter table notifications
  add column writing integer not null default 0,
  add column since_writings jsonb;

-- Down Migration
alter table notifications drop column since_writings, drop column writing;
alter table consents drop column disclosed_writings;
alter table anchors drop column additions;
drop table anchor_writings;
