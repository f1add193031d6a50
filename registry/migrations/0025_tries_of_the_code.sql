-- Up Migration
-- When a code was judged wrong. An application ends by how many were, which no reset of a workflow takes back.
alter table activations add column judged_wrong_at timestamptz;

-- Down Migration
alter table activations drop column judged_wrong_at;
