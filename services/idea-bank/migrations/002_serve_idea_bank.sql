-- What the service adds to the tables of its store: answers to retries, and indexes for its questions.
-- up
create table idea_bank.idempotency (
  key text primary key,
  -- Hash of what the key stands for: method, path and body.
  request text not null,
  -- The record that the first request was answered with; null when there was none.
  answer json,
  at timestamptz not null default clock_timestamp()
);
create index idempotency_at on idea_bank.idempotency (at);
-- Newest first, ties by id.
create index if not exists ideas_newest on idea_bank.ideas (created_at desc nulls last, id collate "C");
-- Rows that only an aside tells whole, and ids that are not numeric: few or none.
create index if not exists ideas_aside on idea_bank.ideas (id) where _aside is not null;
create index if not exists ideas_other_ids on idea_bank.ideas (id) where id !~ '^[0-9]+$';
-- The highest numeric id.
create index if not exists ideas_number on idea_bank.ideas ((id::numeric)) where id ~ '^[0-9]+$';
-- down
drop table if exists idea_bank.idempotency;
drop index if exists idea_bank.ideas_newest, idea_bank.ideas_aside, idea_bank.ideas_other_ids, idea_bank.ideas_number;
