-- Up Migration

-- The revision the person saw when they signed: what has changed since is not overwritten. Absent where nobody saw one.
alter table consent_changes add column seen_revision integer;
create index consent_changes_of_message on consent_changes (enrolment_id, digest);
create index consents_at_register on consents (id)
  where kind = 'register-refresh' and register_state in ('held', 'withdrawal-pending');

-- Down Migration
drop index consents_at_register, consent_changes_of_message;
alter table consent_changes drop column seen_revision;
