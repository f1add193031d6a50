-- Up Migration

-- What a person's phone signed about a notification, stored before it is decided on, and what came of it.
create table answers (
  id              uuid primary key,
  notification_id uuid not null references notifications (id),
  enrolment_id    uuid not null references enrolments (id),
  decision        text not null check (decision in ('confirm', 'decline')),
  -- SHA-256 (base64url) of the text that was shown, as signed; and of the signed message itself, which is sealed.
  shown_sha256    text not null,
  digest          text not null,
  sealed          bytea not null,
  received_at     timestamptz not null default now(),
  -- Null until it is decided on: `confirmed`, `declined`, or the code of a refusal.
  outcome         text,
  unique (notification_id, digest)
);
alter table notifications drop column shown_sha256, drop column answer,
  add column answer_id uuid references answers (id);

-- Down Migration
alter table notifications drop column answer_id, add column shown_sha256 text, add column answer bytea;
drop table answers;
