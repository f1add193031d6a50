-- Up Migration
-- A party chooses how its events name a person, and may let a receiver without DPoP poll with a bearer token of the stream.
alter table streams add column subject_format text not null default 'opaque' check (subject_format in ('opaque', 'iss_sub'));
-- The issuer whose ID tokens name the person as a subject in the format iss_sub does.
alter table streams add column subject_issuer text not null default 'openid' check (subject_issuer in ('openid', 'oidc'));
alter table streams add column bearer_polling boolean not null default false;
alter table streams add check (not bearer_polling or method = 'poll');
create table stream_tokens (
  -- Of the token, which is nowhere kept.
  sha256     bytea primary key,
  stream_id  uuid not null references streams (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index stream_tokens_of_stream on stream_tokens (stream_id);
-- Persons of whom the party wants to hear nothing over the stream, by their pseudonyms.
create table removed_subjects (
  stream_id  uuid not null references streams (id) on delete cascade,
  subject    text not null,
  removed_at timestamptz not null default now(),
  primary key (stream_id, subject)
);
-- Events of one occurrence, such as the end of a session and of its key, have one transaction id.
alter table security_events add column txn uuid;

-- Down Migration
alter table security_events drop column txn;
drop table removed_subjects, stream_tokens;
alter table streams drop column bearer_polling, drop column subject_issuer, drop column subject_format;
