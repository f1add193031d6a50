-- Up Migration

-- The CRL part of JPKI that was taken last, and what it listed.
create table crl_lists (
  part          text primary key,
  issuer_key_id text not null,
  number        numeric not null,
  this_update   timestamptz not null,
  next_update   timestamptz not null,
  entries       integer not null,
  read_at       timestamptz not null
);

-- Its serials, 20 octets each, side by side in pieces: only what the next list has beyond them is new.
create table crl_serials (
  part     text not null references crl_lists (part) on delete cascade,
  position integer not null,
  serials  bytea not null,
  primary key (part, position)
);

-- A card certificate of ours that was revoked. Its serial is a keyed hash; what asking J-LIS takes is sealed.
create table card_revocations (
  id         uuid primary key,
  reference  bytea not null unique references card_certificates (reference),
  person_id  uuid not null references persons (id),
  reason     text not null,
  sealed     bytea not null,
  state      text not null default 'waiting' check (state in ('waiting', 'dispatched', 'settled', 'operator')),
  found_at   timestamptz not null,
  settled_at timestamptz,
  outcome    text
);
create index card_revocations_waiting on card_revocations (found_at) where state in ('waiting', 'operator');

-- Whether attributes changed is told by comparing them, not by sameness of their text.
alter table anchors drop column attributes_mac;

-- Down Migration
alter table anchors add column attributes_mac bytea;
drop table card_revocations, crl_serials, crl_lists;
