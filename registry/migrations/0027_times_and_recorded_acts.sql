-- Up Migration
-- When the person is asked about a change: a moment of the consent's own (docs/decisions/0021). Absent: at once.
alter table notifications add column ask_at timestamptz;

-- The row of an act that leaves no other one. Its audit line names it by `row`; lines of before name none.
create table recorded_acts (
  id      uuid primary key,
  act     text not null,
  subject text not null,
  at      timestamptz not null default now()
);
create trigger recorded_acts_stay before update or delete on recorded_acts for each row execute function refuse_change();
create trigger recorded_acts_stay_whole before truncate on recorded_acts for each statement execute function refuse_change();

-- Down Migration
drop table recorded_acts;
alter table notifications drop column ask_at;
