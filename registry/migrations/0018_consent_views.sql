-- Up Migration
-- What each party's apps are shown of a consent that concerns more than one party: the one towards the register, and a
-- link. Every party has a name of its own for it, and lines of its own: no id, receipt or moment that another party has.

create table consent_views (
  name       uuid primary key,
  consent_id uuid not null references consents (id),
  person_id  uuid not null references persons (id),
  party_id   text not null references parties (id),
  unique (consent_id, party_id)
);
create index consent_views_of_person on consent_views (person_id, party_id);

create table consent_view_lines (
  id               uuid primary key,
  name             uuid not null references consent_views (name),
  number           integer not null check (number > 0),
  -- The consent's own revision behind this line; no party sees it.
  consent_revision integer not null,
  -- Absent: the term was over, or the line is from before there were views.
  change_id        uuid references consent_changes (id),
  act              text not null check (act in ('grant', 'renew', 'amend', 'withdraw', 'expire')),
  -- Whether this party's own app did it.
  here             boolean not null,
  attributes       text[] not null,
  state            text not null check (state in ('in-force', 'withdrawn', 'expired')),
  -- The time that is told: exact where this party's app did it, or the link is with this party; else the day it is told.
  shown_at         timestamptz not null,
  valid_until      timestamptz not null,
  -- Towards the register, where this party's app did it: whether J-LIS holds it.
  register_state   text,
  receipt          text,
  -- Not shown before.
  due_at           timestamptz not null,
  unique (name, number)
);
create index consent_view_lines_of_change on consent_view_lines (change_id) where change_id is not null;

-- Consents of before keep their id at the party where they were given; elsewhere they get a name of their own.
insert into consent_views (name, consent_id, person_id, party_id)
select case when g.party_id = o.party_id then c.id else gen_random_uuid() end, c.id, c.person_id, o.party_id
from consents c
  left join links l on l.id = c.link_id
  left join lateral (select e.party_id from consent_changes h join enrolments e on e.id = h.enrolment_id
                     where h.consent_id = c.id and h.outcome = 'applied' and h.act <> 'withdraw'
                     order by h.revision desc limit 1) g on true
  join lateral (select distinct e.party_id from enrolments e
                where e.person_id = c.person_id and e.state not in ('applied', 'ended')
                  and (c.kind = 'register-refresh' or e.party_id in (l.from_party_id, l.to_party_id))) o on true
where c.kind in ('register-refresh', 'link');
insert into consent_view_lines (id, name, number, consent_revision, act, here, attributes, state, shown_at, valid_until,
  register_state, receipt, due_at)
select gen_random_uuid(), v.name, 1, c.revision,
  case c.state when 'in-force' then 'grant' when 'withdrawn' then 'withdraw' else 'expire' end,
  v.name = c.id, c.attributes, c.state,
  case when v.name = c.id or c.kind = 'link' then c.created_at
    else date_trunc('day', (select min(e.created_at) from enrolments e
                            where e.person_id = v.person_id and e.party_id = v.party_id), 'Asia/Tokyo') end,
  c.valid_until,
  case when v.name = c.id then c.register_state end,
  case when v.name = c.id then (select h.receipt from consent_changes h
    where h.consent_id = c.id and h.receipt is not null order by h.revision desc limit 1) end,
  now()
from consent_views v join consents c on c.id = v.consent_id;

-- What a receiving party's app asks the person to grant at the giving one. Each side has an id of its own for it.
create table link_requests (
  id            uuid primary key,
  giving_id     uuid not null unique,
  receiving_id  uuid not null unique,
  person_id     uuid not null references persons (id),
  from_party_id text not null references parties (id),
  to_party_id   text not null references parties (id),
  dataset       text not null,
  purpose       text not null,
  state         text not null default 'open' check (state in ('open', 'granted', 'declined', 'taken-back')),
  asked_by      uuid not null references enrolments (id),
  -- SHA-256 of the message that asked.
  digest        text not null,
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  closed_at     timestamptz,
  unique (asked_by, digest),
  check (from_party_id <> to_party_id),
  check ((state = 'open') = (closed_at is null))
);
create index link_requests_giving on link_requests (person_id, from_party_id, created_at);
create index link_requests_receiving on link_requests (person_id, to_party_id, created_at);

-- Down Migration
drop table link_requests, consent_view_lines, consent_views;
