-- Up Migration

-- Where a client's browsers are sent back to, and how it hears of a backchannel login.
alter table party_clients
  add column redirect_uris text[] not null default '{}',
  add column backchannel   jsonb;

-- Down Migration
alter table party_clients drop column redirect_uris, drop column backchannel;
