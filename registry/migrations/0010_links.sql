-- Up Migration

-- A link between two parties that a person wants: one gives a dataset to the other, for one purpose. Each side has a name
-- for the link and one for the person that nobody else has, and that no other link has.
create table links (
  id            uuid primary key,
  person_id     uuid not null references persons (id),
  from_party_id text not null references parties (id),
  to_party_id   text not null references parties (id),
  dataset       text not null,
  purpose       text not null,
  from_link_id  uuid not null unique,
  to_link_id    uuid not null unique,
  from_subject  text not null unique,
  to_subject    text not null unique,
  created_at    timestamptz not null,
  check (from_party_id <> to_party_id)
);
create index links_of_person on links (person_id);
create index links_from on links (from_party_id, created_at);
create index links_to on links (to_party_id, created_at);

alter table notices drop constraint notices_purpose_check;
alter table notices add constraint notices_purpose_check
  check (purpose in ('terms', 'register-refresh', 'disclosure', 'link'));

alter table consents
  add column link_id uuid references links (id),
  drop constraint consents_kind_check,
  drop constraint consents_attributes_check,
  add constraint consents_kind_check check (kind in ('register-refresh', 'disclosure', 'link')),
  add constraint consents_attributes_check check (kind = 'link' or cardinality(attributes) > 0),
  add constraint consents_link_check check ((kind = 'link') = (link_id is not null));
drop index consents_in_force;
create unique index consents_in_force
  on consents (person_id, kind, coalesce(party_id, ''), coalesce(link_id::text, '')) where state = 'in-force';
create unique index consents_of_link on consents (link_id) where link_id is not null;

alter table consent_changes
  add column link_id uuid references links (id),
  drop constraint consent_changes_kind_check,
  add constraint consent_changes_kind_check check (kind in ('register-refresh', 'disclosure', 'link')),
  add constraint consent_changes_link_check check ((kind = 'link') = (link_id is not null));

-- Down Migration
alter table consent_changes
  drop constraint consent_changes_link_check, drop constraint consent_changes_kind_check, drop column link_id,
  add constraint consent_changes_kind_check check (kind in ('register-refresh', 'disclosure'));
drop index consents_of_link;
drop index consents_in_force;
alter table consents
  drop constraint consents_link_check, drop constraint consents_attributes_check, drop constraint consents_kind_check,
  drop column link_id,
  add constraint consents_kind_check check (kind in ('register-refresh', 'disclosure')),
  add constraint consents_attributes_check check (cardinality(attributes) > 0);
create unique index consents_in_force on consents (person_id, kind, coalesce(party_id, '')) where state = 'in-force';
alter table notices drop constraint notices_purpose_check;
alter table notices add constraint notices_purpose_check check (purpose in ('terms', 'register-refresh', 'disclosure'));
drop table links;
