-- Up Migration
-- Paid questions to J-LIS are counted for each enrolment and person; a phone is announced before it may stop another.

-- What was asked within the last hour about cards. Rows go with the hour.
create table card_questions (
  id           text primary key,
  enrolment_id uuid not null,
  reference    bytea not null check (octet_length(reference) = 32),
  person_id    uuid,
  asked_at     timestamptz not null
);
create index card_questions_by_enrolment on card_questions (enrolment_id, asked_at);
create index card_questions_by_card on card_questions (reference, asked_at);
create index card_questions_by_person on card_questions (person_id, asked_at);
create index card_questions_by_age on card_questions (asked_at);

-- Whether the phone that is asked about a new one may have it stopped, or is only to know of it.
alter table certificate_notices add column may_stop boolean not null default true;

-- Phones that nobody could be told of: when they were set up their person had no other.
alter table enrolments add column is_first_phone boolean not null default false;
update enrolments e set is_first_phone = true from certificates c
  where c.enrolment_id = e.id and e.state = 'active'
    and not exists (select 1 from enrolments o join certificates oc on oc.enrolment_id = o.id
                    where o.person_id = e.person_id and o.state = 'active'
                      and (oc.issued_at, o.id) < (c.issued_at, e.id));

-- What stands at a party where nobody was told of it is announced now, each at a random moment within a day.
insert into certificate_notices (id, enrolment_id, kind, about, due_at, may_stop)
  select gen_random_uuid(), w.id, 'new-phone', e.id, now() + random() * interval '1 day', w.is_first_phone
  from enrolments e join enrolments w on w.person_id = e.person_id and w.id <> e.id
  where e.state = 'active' and w.state = 'active' and not e.is_first_phone
    and exists (select 1 from certificates c where c.enrolment_id = e.id)
    and exists (select 1 from certificates c where c.enrolment_id = w.id)
    and not exists (select 1 from certificate_notices n where n.about = e.id);

-- Down Migration
alter table enrolments drop column is_first_phone;
alter table certificate_notices drop column may_stop;
drop table card_questions;
