-- Up Migration
-- When the newest push subscription, or its end, was signed by the phone: an older message brings no older address back.
alter table enrolments add column push_asked_at timestamptz;

-- Down Migration
alter table enrolments drop column push_asked_at;
