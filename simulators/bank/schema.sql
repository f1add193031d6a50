create schema if not exists abc_bank;

-- The transmitter, as agreed when the stream was created: every event is checked against it.
create table if not exists abc_bank.connection (
  only_row           boolean primary key default true check (only_row),
  stream_id          text not null,
  method             text not null check (method in ('push', 'poll')),
  issuer             text not null,
  audience           text[] not null,
  jwks_uri           text not null,
  poll_endpoint      text,
  stream_status      text not null,
  connected_at       timestamptz not null,
  verification_state text,
  verified_at        timestamptz
);

-- Every event, stored before it is answered; one in state `stored` is not processed yet.
create table if not exists abc_bank.events_received (
  position     bigint generated always as identity primary key,
  jti          text not null unique,
  event        text not null,
  subject      text,
  claims       jsonb not null,
  via          text not null check (via in ('push', 'poll')),
  state        text not null default 'stored' check (state in ('stored', 'processed')),
  outcome      text,
  attempts     integer not null default 0,
  last_error   text,
  received_at  timestamptz not null default now(),
  processed_at timestamptz
);
create index if not exists events_to_process on abc_bank.events_received (position) where state = 'stored';

-- The accounts. Columns without consent stay null.
create table if not exists abc_bank.accounts (
  subject               text primary key,
  customer              text not null unique,
  consent_id            uuid not null,
  name                  text,
  address               text,
  date_of_birth         text,
  sex                   text,
  anchor_version        integer not null,
  -- The newest version that waits for manual review, because the name differs.
  review_version        integer,
  credential_changed_at timestamptz,
  opened_at             timestamptz not null default now(),
  updated_at            timestamptz not null default now()
);

-- The changes of an account, with the previous values.
create table if not exists abc_bank.account_changes (
  id             bigint generated always as identity primary key,
  subject        text not null references abc_bank.accounts (subject),
  anchor_version integer not null,
  outcome        text not null check (outcome in ('opened', 'applied', 'manual-review')),
  before         jsonb not null,
  after          jsonb not null,
  changed_at     timestamptz not null default now()
);
create index if not exists account_changes_of_account on abc_bank.account_changes (subject, id);

-- The acknowledgements to the CA, one for each version. Written with the change, sent after it.
create table if not exists abc_bank.acknowledgements (
  consent_id     uuid not null,
  anchor_version integer not null,
  subject        text not null,
  outcome        text not null check (outcome in ('applied', 'manual-review', 'rejected')),
  reason         text,
  state          text not null default 'unsent' check (state in ('unsent', 'sent', 'refused')),
  attempts       integer not null default 0,
  last_error     text,
  created_at     timestamptz not null default now(),
  sent_at        timestamptz,
  primary key (consent_id, anchor_version)
);

-- Orders from the bank's pages, with the signature that approved each (CMS, DER).
create table if not exists abc_bank.transfers (
  id             uuid primary key,
  subject        text not null,
  recipient      text not null,
  amount         integer not null check (amount > 0),
  state          text not null default 'asked' check (state in ('asked', 'signed', 'not-signed')),
  transaction_id uuid unique,
  signature      bytea check ((state = 'signed') = (signature is not null)),
  signed_at      timestamptz,
  asked_at       timestamptz not null default now()
);
create index if not exists transfers_of_customer on abc_bank.transfers (subject, asked_at);
