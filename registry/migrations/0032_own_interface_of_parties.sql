-- Up Migration

-- When a failed delivery is tried again; null if nothing failed, or if the party fetches the event itself.
alter table security_events add column next_attempt_at timestamptz;
-- A party lists its own events and its own reads.
create index security_events_of_party on security_events (party_id, state, created_at);
create index attribute_reads_of_party on attribute_reads (party_id, read_at desc);

-- Down Migration

drop index attribute_reads_of_party;
drop index security_events_of_party;
alter table security_events drop column next_attempt_at;
