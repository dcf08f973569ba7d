-- What the service adds to the tables of its store: answers to retries, ids, and indexes for its questions.
-- up
create table documentation.idempotency (
  key text primary key,
  -- Hash of what the key stands for: method, path and body, or the bytes of an upload.
  request text not null,
  -- What the first request was answered with; null when there was nothing to answer with.
  answer json,
  at timestamptz not null default clock_timestamp()
);
create index idempotency_at on documentation.idempotency (at);
-- The counters of the file (nextSystemId, nextId, nextFileId, nextLinkId). The service puts them past every id at its start.
create sequence documentation.systems_ids;
create sequence documentation.ideas_ids;
create sequence documentation.files_ids;
create sequence documentation.links_ids;
-- Newest first, ties by id.
create index if not exists systems_newest on documentation.systems (created_at desc nulls last, id collate "C");
create index if not exists ideas_newest on documentation.ideas (created_at desc nulls last, id collate "C");
create index if not exists files_of_idea on documentation.files (idea_id);
create index if not exists change_log_of_entity on documentation.change_log (entity, entity_id);
comment on table documentation.change_log is 'What was changed, by whom. Nothing refers to it, so that no delete cascades to it.';
-- Rows that only an aside tells whole: few or none.
create index if not exists systems_aside on documentation.systems (id) where _aside is not null;
create index if not exists ideas_aside on documentation.ideas (id) where _aside is not null;
create index if not exists files_aside on documentation.files (id) where _aside is not null;
-- Full text: a search is for texts that a member contains, whatever their case, as on the file. Where PostgreSQL has pg_trgm
-- (it comes with most), trigrams find the rows that may; the condition itself, checked on each, has the last word. Without it
-- the answer is the same and every row is looked at.
do $do$
declare
  home name;
begin
  begin
    create extension if not exists pg_trgm;
  exception when undefined_file or insufficient_privilege or feature_not_supported or invalid_schema_name then
    raise notice 'no pg_trgm: searches look at every row';
  end;
  select nspname into home from pg_extension e join pg_namespace n on n.oid = e.extnamespace where extname = 'pg_trgm';
  if home is not null then
    execute format('create index systems_text on documentation.systems using gin (
      (name collate "C") %1$I.gin_trgm_ops, (short_name collate "C") %1$I.gin_trgm_ops,
      (description collate "C") %1$I.gin_trgm_ops)', home);
    execute format('create index ideas_text on documentation.ideas using gin (
      (title collate "C") %1$I.gin_trgm_ops, (description collate "C") %1$I.gin_trgm_ops)', home);
  end if;
end
$do$;
-- down
drop index if exists documentation.ideas_text, documentation.systems_text, documentation.files_aside, documentation.ideas_aside,
  documentation.systems_aside, documentation.change_log_of_entity, documentation.files_of_idea, documentation.ideas_newest,
  documentation.systems_newest;
drop sequence if exists documentation.systems_ids, documentation.ideas_ids, documentation.files_ids, documentation.links_ids;
drop table if exists documentation.idempotency;
