-- The staged rollout: which side of a store is the authority, and what keeps writers of another time out. The epoch changes
-- with every stage change; a write under any other epoch is refused by the fence, in the transaction that tries it.

create table outgrow.stage (
  -- The store.
  name text primary key,
  stage text not null default 'off'
    check (stage in ('off', 'dualwrite', 'shadow', 'live', 'rampdown', 'complete')),
  epoch bigint not null default 1 check (epoch > 0),
  -- Per cent of reads of clean keys that PostgreSQL answers in shadow.
  serve_new smallint not null default 0 check (serve_new between 0 and 100),
  -- Per cent of reads that are compared with the other side, sampled by key.
  compare smallint not null default 100 check (compare between 0 and 100),
  -- live: whether the file is written before the caller is answered, or by the relay alone.
  mirror text not null default 'sync' check (mirror in ('sync', 'async')),
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null,
  why text not null
);

-- What an operator asks of the owner of a store. A table of its own: an update of the stage row would wait for writers.
create table outgrow.stage_request (
  id bigint generated always as identity primary key,
  store text not null,
  stage text not null,
  asked_by text not null,
  why text not null,
  asked_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  answer json,
  check ((answered_at is null) = (answer is null))
);

create index stage_request_open on outgrow.stage_request (store, id) where answered_at is null;

-- Keys whose record must be pushed to the file, while PostgreSQL is the authority. Written in the transaction of the change,
-- by triggers that come with the fence, and deleted by id after the push, so that the order of commits does not matter.
create table outgrow.dirty (
  id bigint generated always as identity,
  store text not null,
  -- A name that no text holds stands as its JSON spelling.
  collection text not null,
  -- JSON spelling of the record's key; null for a collection without a key, which is pushed whole.
  key text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (store, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- A hash index, since an escaped key may be longer than a btree takes.
create index dirty_key on outgrow.dirty using hash (key);

-- Answers by idempotency key, written in the transaction of the act: a retry after a lost reply gets the first answer.
create table outgrow.idempotency (
  store text not null,
  key text not null,
  request_hash text not null,
  -- The text of the answer; null when the act returned nothing.
  response json,
  at timestamptz not null default clock_timestamp(),
  primary key (store, key)
);

create index idempotency_at on outgrow.idempotency (at);

-- Records that the mirror refused, with its reason; a gate is red while one is open.
create table outgrow.dead_letter (
  id bigint generated always as identity primary key,
  store text not null,
  collection text not null,
  key text not null,
  reason text not null,
  -- SQLSTATE and constraint, when it was PostgreSQL that refused.
  state text,
  constraint_name text,
  epoch bigint not null,
  at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);

create index dead_letter_open on outgrow.dead_letter (store, id) where settled_at is null;

-- The fence: before every write statement on a table of the store given as first argument. FOR SHARE holds the stage row
-- until the writer's transaction ends, so that a stage change waits for every writer that was let in, and a writer that
-- waited for the change sees the new epoch. A plain select, FOR KEY SHARE, or an advisory lock in the same statement do
-- not: each lets a write of the old epoch commit after the change. Runs as its owner: writers need no right to the row.
create function outgrow.fence() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  present bigint;
  declared text := nullif(current_setting('outgrow.epoch', true), '');
begin
  select epoch into present from outgrow.stage where name = tg_argv[0] for share;
  if present is null then
    raise exception '% of %.% is refused: store "%" has no stage', lower(tg_op), tg_table_schema, tg_table_name, tg_argv[0]
      using errcode = 'OG001';
  end if;
  if declared is distinct from present::text then
    raise exception '% of %.% is refused: store "%" is at epoch %, the writer at %', lower(tg_op), tg_table_schema,
      tg_table_name, tg_argv[0], present, coalesce(declared, 'none')
      using errcode = 'OG001', hint = 'Write through outgrow, or set outgrow.epoch in the transaction.';
  end if;
  return null;
end
$$;

-- A trigger function is only for those who may attach it; that it fires asks for no right.
revoke all on function outgrow.fence() from public;
