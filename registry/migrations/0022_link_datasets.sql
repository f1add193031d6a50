-- Up Migration
-- What a party may give to others, and what for, in the words that people are shown: an app names one of these, and nothing
-- in words of its own reaches another party's app.
create table link_datasets (
  party_id   text not null references parties (id),
  dataset_ja text not null,
  dataset_en text not null,
  purpose_ja text not null,
  purpose_en text not null,
  primary key (party_id, dataset_ja),
  unique (party_id, dataset_en)
);

-- The registered words in English; dataset and purpose are those in Japanese. Null: in an app's words, from before there were lists.
alter table links add column dataset_en text, add column purpose_en text;
alter table link_requests
  add column dataset_en text,
  add column purpose_en text,
  -- The link that it was granted by, while that is kept.
  add column link_id uuid references links (id) on delete set null;
create index link_requests_of_link on link_requests (link_id) where link_id is not null;

-- Down Migration
alter table link_requests drop column link_id, drop column purpose_en, drop column dataset_en;
alter table links drop column purpose_en, drop column dataset_en;
drop table link_datasets;
