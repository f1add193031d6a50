-- Up Migration

-- Relying parties and their apps, registered by the operator.
create table parties (
  id         text primary key,
  name_ja    text not null,
  name_en    text not null,
  created_at timestamptz not null default now()
);
create table apps (
  party_id    text not null references parties (id),
  id          text not null,
  attestation text not null check (attestation in ('required', 'optional')),
  primary key (party_id, id)
);

-- Texts a person may be shown. Never updated: a new text is a new version.
create table notices (
  sha256       text primary key,
  id           text not null,
  purpose      text not null check (purpose in ('terms', 'register-refresh', 'disclosure')),
  version      text not null,
  language     text not null check (language in ('ja', 'en')),
  text         text not null,
  published_at timestamptz not null default now(),
  unique (id, version, language)
);

create table persons (
  id         uuid primary key,
  created_at timestamptz not null default now()
);

-- Which person a card's sign certificate belongs to. The reference is a keyed hash of (issuer key id, serial).
create table card_certificates (
  reference  bytea primary key check (octet_length(reference) = 32),
  person_id  uuid not null references persons (id),
  found_by   text not null check (found_by in ('first-seen', 'linkage')),
  created_at timestamptz not null default now()
);

-- Versions of the four attributes as last proven. The attributes are sealed; the MAC tells whether they changed.
create table anchors (
  person_id      uuid not null references persons (id),
  version        integer not null check (version > 0),
  attributes     bytea not null,
  attributes_mac bytea not null,
  evidence_id    uuid not null,
  created_at     timestamptz not null default now(),
  primary key (person_id, version)
);

-- What the card signed and all that is needed to check it again, sealed. Unclaimed evidence ends after 24 hours.
create table evidence (
  id                 uuid primary key,
  enrolment_id       uuid not null,
  application_sha256 text not null,
  sealed             bytea not null,
  status_answer      bytea,
  created_at         timestamptz not null default now(),
  unique (enrolment_id, application_sha256)
);
create index evidence_age on evidence (created_at);

-- The single use of a challenge: the first application to be claimed is the only one.
create table applications (
  enrolment_id uuid primary key,
  evidence_id  uuid not null unique references evidence (id),
  -- What the authority found in it, sealed; or why it was refused.
  findings     bytea,
  refusal      jsonb,
  created_at   timestamptz not null default now()
);

create table enrolments (
  id          uuid primary key references applications (enrolment_id),
  person_id   uuid not null references persons (id),
  party_id    text not null references parties (id),
  app_id      text not null,
  pseudonym   text not null,
  spki_sha256 text not null,
  state       text not null check (state in ('applied', 'active', 'superseded', 'revoked', 'ended')),
  replaces    uuid references enrolments (id),
  binding     text,
  code_mac    bytea,
  sealed_code jsonb,
  created_at  timestamptz not null default now(),
  ended_why   text,
  foreign key (party_id, app_id) references apps (party_id, id)
);
create index enrolments_of_key on enrolments (spki_sha256);
create index enrolments_of_person on enrolments (person_id, party_id);
create index enrolments_by_predecessor on enrolments (replaces) where replaces is not null;

-- Each agreed or declined consent of an application, as signed; the record itself is sealed.
create table consents (
  id            uuid primary key,
  enrolment_id  uuid not null references enrolments (id),
  person_id     uuid not null references persons (id),
  party_id      text not null references parties (id),
  purpose       text not null check (purpose in ('terms', 'register-refresh', 'disclosure')),
  notice_sha256 text not null references notices (sha256),
  agreed        boolean not null,
  attributes    text[] not null,
  digest        text not null,
  created_at    timestamptz not null default now(),
  unique (enrolment_id, digest)
);

-- One attempt to activate: the certificate request, and the MAC of the code that came with it.
create table activations (
  id           uuid primary key,
  enrolment_id uuid not null,
  code_mac     bytea not null,
  csr          bytea not null,
  spki         bytea not null,
  spki_sha256  text not null,
  created_at   timestamptz not null default now(),
  unique (enrolment_id, code_mac, spki_sha256)
);

-- Write-ahead issuance: what will be signed is stored before it is signed; one intent per enrolment, ever.
create table issuance_intents (
  id            uuid primary key,
  enrolment_id  uuid not null unique references enrolments (id),
  serial        text not null unique,
  tbs           bytea not null,
  profile_hash  text not null,
  evidence_id   uuid not null references evidence (id),
  issuer_key_id text not null,
  created_at    timestamptz not null default now()
);

-- The first stored signature wins: ECDSA is randomised, so a retry makes other bytes over the same TBS.
create table certificates (
  id                uuid primary key references issuance_intents (id),
  enrolment_id      uuid not null unique references enrolments (id),
  serial            text not null unique,
  der               bytea not null,
  not_before        timestamptz not null,
  not_after         timestamptz not null,
  issued_at         timestamptz not null default now()
);

-- Revocation is a row of its own and is never taken back.
create table revocations (
  mark       bigint generated always as identity primary key,
  serial     text not null unique references certificates (serial),
  reason     text not null check (reason in ('unspecified', 'keyCompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation', 'privilegeWithdrawn')),
  revoked_at timestamptz not null default now()
);

create table crls (
  number          bigint primary key,
  der             bytea not null,
  this_update     timestamptz not null,
  next_update     timestamptz not null,
  revocation_mark text not null
);

-- Acts, inserted in the act's own transaction. Ids only.
create table audit_lines (
  id      bigint generated always as identity primary key,
  at      timestamptz not null default clock_timestamp(),
  act     text not null,
  subject text not null,
  detail  jsonb not null default '{}'
);

-- Down Migration
drop table audit_lines, crls, revocations, certificates, issuance_intents, activations, consents, enrolments,
  applications, evidence, anchors, card_certificates, persons, notices, apps, parties;
