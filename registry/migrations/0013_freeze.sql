-- Up Migration
-- A person hears of a new phone on every phone they have, and can stop it.

-- `new-phone` is addressed to one enrolment and is about another: one of each.
alter table certificate_notices
  drop constraint certificate_notices_kind_check,
  add constraint certificate_notices_kind_check
    check (kind in ('expiring', 'expired', 'revoked', 'replace', 'new-phone')),
  add column about uuid references enrolments (id),
  add constraint certificate_notices_about_check check ((kind = 'new-phone') = (about is not null)),
  drop constraint certificate_notices_enrolment_id_kind_days_left_key,
  add constraint certificate_notices_once unique nulls not distinct (enrolment_id, kind, days_left, about);
create index certificate_notices_by_subject on certificate_notices (about) where about is not null;

-- Enrolments whose person said "this was not me": whose phone said so, and since when.
create table frozen_enrolments (
  enrolment_id uuid primary key references enrolments (id),
  frozen_by    uuid not null references enrolments (id),
  frozen_at    timestamptz not null default now()
);

-- Down Migration
drop table frozen_enrolments;
drop index certificate_notices_by_subject;
delete from certificate_notices where kind = 'new-phone';
alter table certificate_notices
  drop constraint certificate_notices_once,
  drop constraint certificate_notices_about_check,
  drop constraint certificate_notices_kind_check,
  drop column about,
  add constraint certificate_notices_kind_check check (kind in ('expiring', 'expired', 'revoked', 'replace')),
  add constraint certificate_notices_enrolment_id_kind_days_left_key
    unique nulls not distinct (enrolment_id, kind, days_left);
