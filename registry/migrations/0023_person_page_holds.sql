-- Up Migration
-- What the CA's own page leaves open: a stop that an application under way is held against, requests for erasure that two
-- operators close, consents withdrawn by telephone, and reads that cannot fill a table.

-- When every phone of the person was last stopped, or every newer one: an application on a challenge of before is over.
alter table persons add column stopped_at timestamptz;

-- operator: two operators withdrew it for a person who called; the evidence is what they approved.
alter table consent_changes
  drop constraint consent_changes_source_check,
  add constraint consent_changes_source_check check (source in ('card', 'device', 'j-lis', 'operator'));

-- declined: not carried out, for a reason of a closed list. Closed by operators under an operation, whose text and approvals
-- are kept, sealed. Null: taken back, or closed before it took two.
alter table erasure_requests
  drop constraint erasure_requests_state_check,
  add constraint erasure_requests_state_check check (state in ('open', 'taken-back', 'done', 'declined')),
  add column reason text,
  add column operation_id uuid unique,
  add column proof bytea,
  add constraint erasure_requests_reason_check check ((state = 'declined') = (reason is not null));
create index erasure_requests_of_person on erasure_requests (person_id, asked_at);

-- A row stands for one read, or, where a party reads often, for all like it since; from `read_at` to `last_read_at`.
alter table attribute_reads add column times integer not null default 1 check (times > 0), add column last_read_at timestamptz;

-- What a party asked for and was not given, for want of a consent: one row for a party and day in Japan.
create table refused_reads (
  person_id uuid not null references persons (id),
  party_id  text not null references parties (id),
  day       date not null,
  asked     text[] not null,
  times     integer not null default 1,
  first_at  timestamptz not null,
  last_at   timestamptz not null,
  primary key (person_id, party_id, day)
);
create index refused_reads_by_day on refused_reads (day);

-- A phone that none was told of is told to the next one; what its own standing hangs on is not touched by that.
alter table certificate_notices add column catches_up boolean not null default false;

-- What nobody answered, or no card was accepted for, is swept with each new tap.
create index page_visits_of_nobody on page_visits (expires_at) where person_id is null;

-- Down Migration
drop index page_visits_of_nobody;
drop table refused_reads;
delete from certificate_notices where catches_up;
alter table certificate_notices drop column catches_up;
alter table attribute_reads drop column last_read_at, drop column times;
drop index erasure_requests_of_person;
alter table erasure_requests drop constraint erasure_requests_reason_check, drop column proof, drop column operation_id,
  drop column reason;
update erasure_requests set state = 'done' where state = 'declined';
alter table erasure_requests drop constraint erasure_requests_state_check,
  add constraint erasure_requests_state_check check (state in ('open', 'taken-back', 'done'));
-- The source of before that comes closest: a withdrawal that no phone signed.
update consent_changes set source = 'card' where source = 'operator';
alter table consent_changes drop constraint consent_changes_source_check,
  add constraint consent_changes_source_check check (source in ('card', 'device', 'j-lis'));
alter table persons drop column stopped_at;
