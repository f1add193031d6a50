-- Up Migration

-- What a party asked a person to sign, and the signature. Signed once, never changed.
create table transactions (
  id              uuid primary key,
  party_id        text not null references parties (id),
  client_id       text not null references party_clients (id),
  -- The text that is signed, sealed, and its SHA-256.
  content         bytea not null,
  content_sha256  text not null,
  state           text not null default 'open' check (state in ('open', 'signed', 'declined')),
  -- Who signed: known once they have.
  enrolment_id    uuid references enrolments (id),
  -- CMS SignedData, sealed; with the time-stamp, where there is one, in a column of its own.
  signature       bytea,
  time_stamped    bytea,
  time_stamped_at timestamptz,
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  decided_at      timestamptz,
  check ((state = 'signed') = (signature is not null and enrolment_id is not null)),
  check (time_stamped is null or signature is not null)
);
create index transactions_by_age on transactions (created_at);

alter table logins add column transaction_id uuid references transactions (id);

-- Down Migration
alter table logins drop column transaction_id;
drop table transactions;
