-- Up Migration

-- Lines that are not chained yet. A trigger fills it, so that no line can be written past the chain.
create table audit_tail (line_id bigint primary key);
insert into audit_tail (line_id) select id from audit_lines;

-- Each entry's hash covers the one before it, its own place and its line's content: registry/audit-chain.ts.
create table audit_chain (
  position    bigint primary key check (position > 0),
  line_id     bigint not null unique,
  line_sha256 bytea not null check (octet_length(line_sha256) = 32),
  hash        bytea not null check (octet_length(hash) = 32)
);

-- What retention destroyed: how much, of what, by which rule, and a digest over all of it.
create table purges (
  id              uuid primary key,
  what            text not null,
  count           integer not null check (count > 0),
  -- SHA-256 over "id digest" lines of what was destroyed, in order.
  digest          text not null,
  kept_years      integer not null,
  -- With audit lines: the last position that is gone, and its hash, from which the chain goes on.
  last_position   bigint,
  last_hash       bytea,
  purged_at       timestamptz not null default now()
);

create function note_audit_line() returns trigger language plpgsql as $$
begin
  insert into audit_tail (line_id) values (new.id);
  return new;
end $$;
create trigger audit_lines_are_chained after insert on audit_lines for each row execute function note_audit_line();

-- Nothing here is changed, and nothing destroyed but by a purge, which says so for its own transaction.
create function refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('kazasu.purge', true) = 'on' then return old; end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger audit_lines_stay before update or delete on audit_lines for each row execute function refuse_change();
create trigger audit_chain_stays before update or delete on audit_chain for each row execute function refuse_change();
create trigger purges_stay before update or delete on purges for each row execute function refuse_change();
create trigger audit_lines_stay_whole before truncate on audit_lines for each statement execute function refuse_change();
create trigger audit_chain_stays_whole before truncate on audit_chain for each statement execute function refuse_change();
create trigger purges_stay_whole before truncate on purges for each statement execute function refuse_change();

-- Down Migration
drop trigger audit_lines_stay on audit_lines;
drop trigger audit_lines_stay_whole on audit_lines;
drop trigger audit_lines_are_chained on audit_lines;
drop table purges, audit_chain, audit_tail;
drop function refuse_change, note_audit_line;
