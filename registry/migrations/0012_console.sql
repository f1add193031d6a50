-- Up Migration
-- The operator console: sessions, counts that do not grow with what they count, acts of two people.

-- How many lifecycles are in each state. A trigger notes each move as a row of its own, so that no two transactions wait
-- for one counter; workers fold the moves into the counts.
create table lifecycle_counts (
  lifecycle text not null,
  state     text not null,
  count     bigint not null,
  primary key (lifecycle, state)
);
create table lifecycle_moves (
  id        bigint generated always as identity primary key,
  lifecycle text not null,
  state     text not null,
  change    smallint not null check (change in (-1, 1))
);

create function note_lifecycle_move() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state = new.state then return null; end if;
  if tg_op <> 'INSERT' then
    insert into lifecycle_moves (lifecycle, state, change) values (tg_argv[0], old.state, -1);
  end if;
  if tg_op <> 'DELETE' then
    insert into lifecycle_moves (lifecycle, state, change) values (tg_argv[0], new.state, 1);
  end if;
  return null;
end $$;

create trigger enrolments_are_counted after insert or delete or update of state on enrolments
  for each row execute function note_lifecycle_move('issuance');
create trigger consents_are_counted after insert or delete or update of state on consents
  for each row execute function note_lifecycle_move('consent');
create trigger notifications_are_counted after insert or delete or update of state on notifications
  for each row execute function note_lifecycle_move('notification');
create trigger deliveries_are_counted after insert or delete or update of state on security_events
  for each row execute function note_lifecycle_move('delivery');
create trigger hits_are_counted after insert or delete or update of state on card_revocations
  for each row execute function note_lifecycle_move('change-detection');

insert into lifecycle_counts (lifecycle, state, count)
  select 'issuance', state, count(*) from enrolments group by state
  union all select 'consent', state, count(*) from consents group by state
  union all select 'notification', state, count(*) from notifications group by state
  union all select 'delivery', state, count(*) from security_events group by state
  union all select 'change-detection', state, count(*) from card_revocations group by state;

create index enrolments_by_age on enrolments (created_at, id);
create index enrolments_by_state on enrolments (state, created_at, id);
create index enrolments_by_party on enrolments (party_id, created_at, id);
create index consents_by_age on consents (created_at, id);
create index consents_by_state on consents (state, created_at, id);
create index notifications_by_age on notifications (created_at, id);
create index notifications_by_state on notifications (state, created_at, id);
create index notifications_of_person on notifications (person_id, created_at);
create index security_events_by_age on security_events (created_at, jti);
create index security_events_by_state on security_events (state, created_at, jti);
create index card_revocations_by_age on card_revocations (found_at, id);
create index card_revocations_by_state on card_revocations (state, found_at, id);
create index security_events_dead on security_events (position) where state = 'dead-lettered';
create index security_events_stuck on security_events (position) where state = 'pending' and attempts > 0;

-- What J-LIS was asked that it bills for, by day.
create table jlis_calls (
  day   date not null,
  kind  text not null check (kind in ('status', 'linkage', 'attributes')),
  count bigint not null,
  primary key (day, kind)
);

-- A login of an operator on its way through the provider: taken once, by the browser that holds the token.
create table operator_logins (
  token_sha256  bytea primary key check (octet_length(token_sha256) = 32),
  state         text not null,
  nonce         text not null,
  code_verifier text not null,
  expires_at    timestamptz not null
);
create index operator_logins_by_expiry on operator_logins (expires_at);

create table operator_sessions (
  token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
  operator     text not null,
  roles        text[] not null check (cardinality(roles) > 0),
  created_at   timestamptz not null,
  expires_at   timestamptz not null
);
create index operator_sessions_by_expiry on operator_sessions (expires_at);

-- An act that takes two people, from its proposal until enough have approved.
create table proposed_operations (
  id          uuid primary key,
  statement   text not null,
  proposed_by text not null,
  created_at  timestamptz not null,
  done_at     timestamptz
);
create index proposed_operations_open on proposed_operations (created_at, id) where done_at is null;
create table operation_approvals (
  operation_id uuid not null references proposed_operations (id),
  operator     text not null,
  key_id       text not null,
  jws          text not null,
  created_at   timestamptz not null,
  primary key (operation_id, operator),
  unique (operation_id, key_id)
);

-- Down Migration
drop table operation_approvals, proposed_operations, operator_sessions, operator_logins, jlis_calls;
drop index security_events_stuck, security_events_dead, card_revocations_by_state, card_revocations_by_age,
  security_events_by_state, security_events_by_age, notifications_of_person, notifications_by_state,
  notifications_by_age, consents_by_state, consents_by_age, enrolments_by_party, enrolments_by_state, enrolments_by_age;
drop trigger hits_are_counted on card_revocations;
drop trigger deliveries_are_counted on security_events;
drop trigger notifications_are_counted on notifications;
drop trigger consents_are_counted on consents;
drop trigger enrolments_are_counted on enrolments;
drop function note_lifecycle_move;
drop table lifecycle_moves, lifecycle_counts;
