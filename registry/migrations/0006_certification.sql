-- Up Migration

-- What an app's certificates look like: pki/ca/profiles.
alter table apps add column profile text not null default 'basic' check (profile in ('basic', 'attribute'));

-- Which generation of the CA signs an intent, and which CRL tells of its certificate: fixed before the signature.
alter table issuance_intents
  add column profile         text not null default 'basic',
  add column generation      text not null default 'g1',
  add column crl_shard       integer not null default 0 check (crl_shard >= 0),
  -- SHA-256 of the stored (sealed) evidence, so that evidence put in another's place is seen.
  add column evidence_sha256 text not null default '',
  add column spki_sha256     text not null default '';
alter table issuance_intents
  alter column profile drop default,
  alter column generation drop default,
  alter column crl_shard drop default,
  alter column evidence_sha256 drop default,
  alter column spki_sha256 drop default;
create index issuance_intents_of_key on issuance_intents (spki_sha256);
create index certificates_by_end on certificates (not_after);

-- A serial can be revoked from the moment it is intended, signed or not, stored or not.
alter table revocations
  drop constraint revocations_serial_fkey,
  add constraint revocations_serial_fkey foreign key (serial) references issuance_intents (serial),
  add column generation text not null default 'g1',
  add column crl_shard  integer not null default 0,
  add column revoked_by text not null default 'engine'
    check (revoked_by in ('person', 'operator', 'engine', 'key-holder'));
alter table revocations
  alter column generation drop default,
  alter column crl_shard drop default,
  alter column revoked_by drop default;
create index revocations_of_scope on revocations (generation, crl_shard, revoked_at);
create index revocations_by_time on revocations (revoked_at);

-- Keys whose private part is known to somebody else: never certified again.
create table blocked_keys (
  spki_sha256 text primary key,
  why         text not null,
  created_at  timestamptz not null default now()
);

-- Who asked for a revocation, with what proof (sealed), and which serials it came to. Stored with the revocation itself.
create table revocation_requests (
  id         uuid primary key,
  digest     text not null unique,
  asked_by   text not null check (asked_by in ('person', 'operator', 'engine', 'key-holder')),
  reason     text not null,
  proof      bytea not null,
  serials    text[] not null,
  created_at timestamptz not null default now()
);

-- What a person is to hear about a certificate: pushed, and shown in the inbox. Told once.
create table certificate_notices (
  id           uuid primary key,
  enrolment_id uuid not null references enrolments (id),
  kind         text not null check (kind in ('expiring', 'expired', 'revoked', 'replace')),
  -- 90, 30 or 7 before the end; nothing otherwise.
  days_left    integer,
  created_at   timestamptz not null default now(),
  told_at      timestamptz,
  unique nulls not distinct (enrolment_id, kind, days_left)
);
create index certificate_notices_untold on certificate_notices (created_at) where told_at is null;

-- An act on every certificate of a generation: replaced (the persons are asked) or revoked, paced.
create table campaigns (
  id         uuid primary key,
  kind       text not null check (kind in ('replace', 'revoke')),
  generation text not null,
  reason     text,
  per_minute integer not null check (per_minute > 0),
  statement  text not null,
  approvals  text[] not null,
  -- The last enrolment dealt with, in the order of ids.
  cursor     uuid,
  done       integer not null default 0,
  started_at timestamptz not null default now(),
  ended_at   timestamptz
);

-- CRLs by scope: one row of numbers for each generation and shard.
drop table crls;
create table crls (
  generation      text not null,
  crl_shard       integer not null,
  number          bigint not null,
  der             bytea not null,
  this_update     timestamptz not null,
  next_update     timestamptz not null,
  revocation_mark text not null,
  made_at         timestamptz not null default now(),
  primary key (generation, crl_shard, number)
);

-- Down Migration
drop table crls;
create table crls (
  number          bigint primary key,
  der             bytea not null,
  this_update     timestamptz not null,
  next_update     timestamptz not null,
  revocation_mark text not null
);
drop table campaigns, certificate_notices, revocation_requests, blocked_keys;
drop index revocations_by_time, revocations_of_scope, certificates_by_end, issuance_intents_of_key;
alter table revocations
  drop constraint revocations_serial_fkey,
  add constraint revocations_serial_fkey foreign key (serial) references certificates (serial),
  drop column generation, drop column crl_shard, drop column revoked_by;
alter table issuance_intents drop column profile, drop column generation, drop column crl_shard,
  drop column evidence_sha256, drop column spki_sha256;
alter table apps drop column profile;
