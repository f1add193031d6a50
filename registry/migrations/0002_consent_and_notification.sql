-- Up Migration

-- What a person ticked at a tap stays as it was signed; a consent that lives on is a row of its own.
alter table consents rename to decisions;

-- A consent in force or ended. The consent lifecycle is its only writer, under its revision.
create table consents (
  id                uuid primary key,
  person_id         uuid not null references persons (id),
  -- Absent: towards the register, on which the CA itself relies.
  party_id          text references parties (id),
  kind              text not null check (kind in ('register-refresh', 'disclosure')),
  attributes        text[] not null check (cardinality(attributes) > 0),
  notice_sha256     text not null references notices (sha256),
  state             text not null check (state in ('in-force', 'withdrawn', 'expired')),
  revision          integer not null check (revision > 0),
  valid_from        timestamptz not null,
  valid_until       timestamptz not null,
  remind_at         timestamptz not null,
  -- Disclosure: the newest anchor version the party may read, and the newest the person has decided about.
  disclosed_version integer,
  settled_version   integer,
  -- Towards the register: the consent that J-LIS holds.
  register_id       text,
  register_state    text check (register_state in ('pending', 'held', 'refused', 'withdrawal-pending', 'withdrawn')),
  created_at        timestamptz not null default now(),
  ended_at          timestamptz,
  check ((kind = 'disclosure') = (party_id is not null)),
  check ((kind = 'disclosure') = (disclosed_version is not null and settled_version is not null)),
  check ((kind = 'register-refresh') = (register_state is not null))
);
create unique index consents_in_force on consents (person_id, kind, coalesce(party_id, '')) where state = 'in-force';
create index consents_of_person on consents (person_id);

-- What somebody asked to be done to a consent: signed evidence, and what came of it.
create table consent_changes (
  id            uuid primary key,
  -- Chosen with a grant, before the consent is there.
  consent_id    uuid not null,
  person_id     uuid not null references persons (id),
  party_id      text references parties (id),
  kind          text not null check (kind in ('register-refresh', 'disclosure')),
  act           text not null check (act in ('grant', 'renew', 'amend', 'withdraw')),
  attributes    text[] not null,
  notice_sha256 text references notices (sha256),
  -- card: signed at a tap (the evidence of that application); device: signed by the key of an enrolment.
  source        text not null check (source in ('card', 'device', 'j-lis')),
  enrolment_id  uuid references enrolments (id),
  -- SHA-256 of what was signed, and the signed message itself, sealed, where no application holds it.
  digest        text not null,
  evidence      bytea,
  received_at   timestamptz not null default now(),
  -- Null until the lifecycle has decided: `applied`, or the code of a refusal.
  outcome       text,
  revision      integer,
  -- The receipt for the person, a JWS (fields after ISO/IEC TS 27560).
  receipt       text,
  unique (consent_id, digest)
);
create index consent_changes_of_person on consent_changes (person_id);

-- How the phone of an enrolment is reached; the address itself is sealed.
create table push_subscriptions (
  enrolment_id uuid primary key references enrolments (id),
  kind         text not null check (kind in ('web', 'apns', 'fcm')),
  sealed       bytea not null,
  updated_at   timestamptz not null default now()
);

-- One change put before the person for one consent. The values are the anchors'; nothing personal is here.
create table notifications (
  id              uuid primary key,
  consent_id      uuid not null references consents (id),
  person_id       uuid not null references persons (id),
  party_id        text not null references parties (id),
  -- The anchor version to be told, and the one that the party has.
  version         integer not null,
  since_version   integer not null,
  attributes      text[] not null,
  state           text not null default 'open'
                  check (state in ('open', 'confirmed', 'declined', 'expired', 'superseded', 'withdrawn')),
  reached         text not null default 'pending' check (reached in ('pending', 'pushed', 'unreachable', 'opened')),
  delivery        text not null default 'none'
                  check (delivery in ('none', 'pending', 'delivered', 'acknowledged', 'dead-lettered', 'cancelled')),
  created_at      timestamptz not null default now(),
  expires_at      timestamptz not null,
  -- The press: by which enrolment, over which text (SHA-256), and the signed message, sealed.
  answered_at     timestamptz,
  answered_by     uuid references enrolments (id),
  shown_sha256    text,
  answer          bytea,
  -- What the party said it did: applied, manual-review or rejected, with a code of its own.
  acknowledgement jsonb,
  acknowledged_at timestamptz,
  receipt         text,
  unique (consent_id, version)
);
create index notifications_open on notifications (person_id, party_id) where state = 'open';

-- Clients of a party at the token endpoint.
create table party_clients (
  id         text primary key,
  party_id   text not null references parties (id),
  jwks       jsonb not null,
  created_at timestamptz not null default now()
);

-- What the token endpoint remembers.
create table openid_payloads (
  model      text not null,
  id         text not null,
  payload    jsonb not null,
  grant_id   text,
  expires_at timestamptz,
  consumed_at timestamptz,
  primary key (model, id)
);
create index openid_payloads_by_grant on openid_payloads (grant_id) where grant_id is not null;
create index openid_payloads_by_expiry on openid_payloads (expires_at);

-- Shared Signals: the stream of a party.
create table streams (
  id               uuid primary key,
  party_id         text not null unique references parties (id),
  method           text not null check (method in ('push', 'poll')),
  endpoint         text,
  "authorization"  bytea,
  events_requested text[] not null,
  alg              text not null check (alg in ('ES256', 'RS256')),
  description      text,
  status           text not null default 'enabled' check (status in ('enabled', 'paused', 'disabled')),
  status_reason    text,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  check ((method = 'push') = (endpoint is not null))
);

-- Security events on their way, in the order they happened. Thin: what they say is in `claims`, and no value is in it.
create table security_events (
  position        bigint generated always as identity primary key,
  jti             uuid not null unique,
  party_id        text not null references parties (id),
  event           text not null,
  -- The pairwise pseudonym: events about one person keep their order.
  subject         text,
  notification_id uuid unique references notifications (id),
  claims          jsonb not null,
  state           text not null default 'pending' check (state in ('pending', 'delivered', 'dead-lettered', 'cancelled')),
  attempts        integer not null default 0,
  last_error      text,
  created_at      timestamptz not null default now(),
  delivered_at    timestamptz
);
create index security_events_pending on security_events (party_id, position) where state = 'pending';

-- An anchor version is proven by the card (evidence) or by J-LIS; `changed` names what differs from the one before.
alter table anchors alter column evidence_id drop not null;
alter table anchors add column source text not null default 'card' check (source in ('card', 'j-lis'));
alter table anchors add column changed text[] not null default '{}';
alter table anchors add column register_answer bytea;
alter table anchors add check ((source = 'card') = (evidence_id is not null));

-- Down Migration
alter table anchors drop column register_answer, drop column changed, drop column source;
drop table security_events, streams, openid_payloads, party_clients, notifications, push_subscriptions,
  consent_changes, consents;
alter table decisions rename to consents;
