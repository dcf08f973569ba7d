-- What the owner of a store leaves in PostgreSQL, so that an operator at another place can ask it, and the gates can tell
-- what has been proven and when.

-- Who last opened the file of a store as its owner. It is no lock: it tells an operator whom to ask, and where the file is.
create table outgrow.stage_owner (
  store text primary key,
  -- Behind all symbolic links.
  file text not null,
  host text not null,
  pid integer not null,
  since timestamptz not null default clock_timestamp()
);

alter table outgrow.stage_request
  add column options json not null default '{}';

-- Wakes the owner; it asks for open requests from time to time anyhow.
create function outgrow.stage_request_notify() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('outgrow_stage_request', new.store);
  return null;
end
$$;

create trigger stage_request_notify after insert on outgrow.stage_request
  for each row execute function outgrow.stage_request_notify();

-- Proofs and repairs, never changed: the newest of its kind counts.
create table outgrow.stage_evidence (
  id bigint generated always as identity primary key,
  store text not null,
  kind text not null check (kind in ('backfill', 'verification', 'repair', 'drill', 'cutover', 'reconciliation', 'archive')),
  epoch bigint not null,
  figures json not null,
  at timestamptz not null default clock_timestamp()
);

create index stage_evidence_newest on outgrow.stage_evidence (store, kind, id desc);

-- The fence of a store in stage off or complete: who declares another epoch is a process of an earlier time, a relay whose push
-- comes late, say. Who declares none is let through, since nothing is mirrored. It is put on the tables in the transaction of the
-- stage change, which waits for every writer that was let in before; hence a plain read is enough.
create function outgrow.last_fence() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  present bigint;
  declared text := nullif(current_setting('outgrow.epoch', true), '');
begin
  if declared is null then
    return null;
  end if;
  select epoch into present from outgrow.stage where name = tg_argv[0];
  if declared is distinct from present::text then
    raise exception '% of %.% is refused: store "%" is at epoch %, the writer at %', lower(tg_op),
      tg_table_schema, tg_table_name, tg_argv[0], coalesce(present::text, 'none'), declared
      using errcode = 'OG001';
  end if;
  return null;
end
$$;

revoke all on function outgrow.last_fence() from public;
