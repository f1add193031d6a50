-- Up Migration
-- A party hears of a consent that is widened, or given anew, by an event that no notification stands behind: the consent does.
alter table security_events add column consent_id uuid references consents (id);
create index security_events_of_consent on security_events (consent_id) where consent_id is not null;

-- Down Migration
alter table security_events drop column consent_id;
