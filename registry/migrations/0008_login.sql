-- Up Migration

-- Where a client's browsers are sent back to, and how it hears of a backchannel login.
alter table party_clients
  add column redirect_uris text[] not null default '{}',
  add column backchannel   jsonb;

-- Sessions and interactions are found by a second name, too. What a crash of Postgres takes with it here is begun anew by
-- who was about to log in: nothing waits for the disk.
delete from openid_payloads;
alter table openid_payloads add column uid text;
alter table openid_payloads set unlogged;
create index openid_payloads_by_uid on openid_payloads (model, uid) where uid is not null;

-- What may be used once, until it would be refused for its age: proofs and assertions. A crash does not forget it.
create table single_uses (
  kind       text not null,
  id         text not null,
  expires_at timestamptz not null,
  primary key (kind, id)
);
create index single_uses_by_expiry on single_uses (expires_at);

-- One login: what a person is asked, and what came of it. Kept while tokens of it may be asked for.
create table logins (
  id                uuid primary key,
  channel           text not null check (channel in ('browser', 'backchannel')),
  -- browser: the interaction; backchannel: the authentication request.
  request_id        text,
  party_id          text not null references parties (id),
  client_id         text not null references party_clients (id),
  -- backchannel: who is asked. browser: who answered.
  person_id         uuid references persons (id),
  acr               text not null check (acr in ('device', 'card')),
  -- What is shown, sealed, and the SHA-256 of its text.
  shown             bytea not null,
  shown_sha256      text not null,
  -- The number on the other screen, and what it is hidden among.
  number            smallint not null,
  decoys            smallint[] not null,
  state             text not null default 'open'
                    check (state in ('open', 'approved', 'declined', 'refused', 'finished')),
  via               text check (via in ('link', 'qr', 'push')),
  enrolment_id      uuid references enrolments (id),
  -- The digest of the message that decided, so that the same again is the same.
  answer_digest     text,
  -- link: SHA-256 of the code that the phone hands to the browser.
  completion_sha256 bytea,
  created_at        timestamptz not null,
  expires_at        timestamptz not null,
  answered_at       timestamptz,
  check (channel = 'browser' or person_id is not null),
  check ((state = 'open') = (answered_at is null))
);
create index logins_of_request on logins (request_id);
create index logins_by_expiry on logins (expires_at);
create index logins_of_person on logins (person_id, party_id, created_at) where channel = 'backchannel';
create index logins_failed on logins (enrolment_id, answered_at) where state = 'refused';

-- Browsers in which a person has logged in at a party by the link on the same device: SHA-256 of what proves it.
create table login_browsers (
  token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
  party_id     text not null references parties (id),
  person_id    uuid not null references persons (id),
  login_id     uuid not null unique,
  created_at   timestamptz not null,
  expires_at   timestamptz not null
);
create index login_browsers_by_expiry on login_browsers (expires_at);

-- Every time a party read attributes under a consent: the person can see it.
create table attribute_reads (
  id         bigint generated always as identity primary key,
  consent_id uuid not null references consents (id),
  person_id  uuid not null references persons (id),
  party_id   text not null references parties (id),
  version    integer not null,
  attributes text[] not null,
  way        text not null check (way in ('attributes', 'userinfo')),
  read_at    timestamptz not null
);
create index attribute_reads_of_person on attribute_reads (person_id, party_id, read_at desc);

-- Down Migration
drop table attribute_reads, login_browsers, logins, single_uses;
drop index openid_payloads_by_uid;
alter table openid_payloads set logged;
alter table openid_payloads drop column uid;
alter table party_clients drop column redirect_uris, drop column backchannel;
