-- Up Migration

-- Answers to requests that a party gave a key of its own (Idempotency-Key): the same request again has the same answer for
-- a day. Without an answer the request is under way, or its process has died with it.
create table idempotent_answers (
  party_id       text not null references parties (id),
  key            text not null check (length(key) between 8 and 128),
  request_sha256 bytea not null check (length(request_sha256) = 32),
  begun_at       timestamptz not null,
  -- Sealed: an answer may have what only the party is to know.
  answer         bytea,
  primary key (party_id, key)
);
create index idempotent_answers_by_age on idempotent_answers (begun_at);

-- Down Migration

drop table idempotent_answers;
