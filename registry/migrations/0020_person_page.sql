-- Up Migration
-- The CA's own page: where a person sees everything across parties, behind a tap of the card.

-- One tap for the page, begun in a browser and completed there: to log in, or to agree to a link.
create table page_visits (
  id                uuid primary key,
  act               text not null check (act in ('log-in', 'grant-link')),
  -- SHA-256 of the cookie of the browser that began.
  browser_sha256    bytea not null unique check (octet_length(browser_sha256) = 32),
  -- What the card signs the SHA-256 of, sealed.
  shown             bytea not null,
  shown_sha256      text not null,
  -- grant-link: who is logged in, and which request it is about.
  asked_person_id   uuid references persons (id),
  request_id        uuid references link_requests (id),
  number            smallint not null,
  decoys            smallint[] not null,
  state             text not null default 'open' check (state in ('open', 'approved', 'refused', 'finished')),
  via               text check (via in ('link', 'qr')),
  person_id         uuid references persons (id),
  -- SHA-256 of what the card signed, and the CMS itself, sealed.
  answer_digest     text,
  evidence          bytea,
  completion_sha256 bytea,
  -- Cards that were held to it and not accepted.
  failures          smallint not null default 0,
  created_at        timestamptz not null,
  expires_at        timestamptz not null,
  answered_at       timestamptz,
  check ((act = 'grant-link') = (request_id is not null)),
  check ((act = 'grant-link') = (asked_person_id is not null))
);
create index page_visits_by_expiry on page_visits (expires_at);
create index page_visits_of_person on page_visits (person_id, answered_at);

create table page_sessions (
  token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
  person_id    uuid not null references persons (id),
  visit_id     uuid not null unique,
  created_at   timestamptz not null,
  expires_at   timestamptz not null
);
create index page_sessions_by_expiry on page_sessions (expires_at);

-- What a person asked to have erased, for operators to do.
create table erasure_requests (
  id         uuid primary key,
  person_id  uuid not null references persons (id),
  visit_id   uuid not null,
  state      text not null default 'open' check (state in ('open', 'taken-back', 'done')),
  asked_at   timestamptz not null,
  closed_at  timestamptz,
  check ((state = 'open') = (closed_at is null))
);
create unique index erasure_requests_open on erasure_requests (person_id) where state = 'open';

-- Absent: stopped on the CA's page, or by operators on the telephone.
alter table frozen_enrolments alter column frozen_by drop not null;

-- A caller without a phone is found by the name that a party has for them.
create index enrolments_by_pseudonym on enrolments (pseudonym);

-- Down Migration
drop index enrolments_by_pseudonym;
delete from frozen_enrolments where frozen_by is null;
alter table frozen_enrolments alter column frozen_by set not null;
drop table erasure_requests, page_sessions, page_visits;
