-- Up Migration
-- When a revocation takes effect, apart from when it was written, and what is told no earlier than that.

alter table revocations add column effective_at timestamptz;
update revocations r set effective_at = greatest(r.revoked_at,
  (select c.not_before from certificates c where c.serial = r.serial));
-- The default is what a process of the version before writes: at once.
alter table revocations
  alter column effective_at set not null,
  alter column effective_at set default now(),
  add constraint revocations_effective_check check (effective_at >= revoked_at);
-- Which became effective since, of all and of one CRL.
create index revocations_by_effect on revocations (effective_at);
create index revocations_of_scope_by_effect on revocations (generation, crl_shard, effective_at);
drop index revocations_of_scope, revocations_by_time;

-- No notice of a revocation is pushed or shown before the revocation takes effect.
alter table certificate_notices add column due_at timestamptz;
update certificate_notices set due_at = created_at;
alter table certificate_notices
  alter column due_at set not null,
  alter column due_at set default now();
create index certificate_notices_due on certificate_notices (due_at) where told_at is null;
drop index certificate_notices_untold;

-- When that happened which an event tells of: not sent before. Without it: when its row was written.
alter table security_events
  add column happened_at timestamptz,
  -- The enrolment whose revocation it tells of.
  add column enrolment_id uuid references enrolments (id);
create index security_events_ahead on security_events (enrolment_id) where state = 'pending' and happened_at is not null;

-- Down Migration
drop index security_events_ahead;
alter table security_events drop column enrolment_id, drop column happened_at;
create index certificate_notices_untold on certificate_notices (created_at) where told_at is null;
drop index certificate_notices_due;
alter table certificate_notices drop column due_at;
create index revocations_of_scope on revocations (generation, crl_shard, revoked_at);
create index revocations_by_time on revocations (revoked_at);
drop index revocations_of_scope_by_effect, revocations_by_effect;
alter table revocations drop constraint revocations_effective_check, drop column effective_at;
