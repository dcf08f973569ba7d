-- The stores that outgrow moves and the runs that moved them. A run is written in the transaction of the load that it
-- describes: it is there exactly when the data are.

create table outgrow.store (
  name text primary key,
  -- The PostgreSQL schema that holds the store's tables.
  schema_name text not null unique,
  document text not null check (document in ('object', 'list', 'map', 'nedb')),
  -- The plan in force, its text verbatim (type json keeps it, jsonb would not).
  plan json not null,
  plan_sha256 text not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

create table outgrow.run (
  id uuid primary key,
  -- The order of runs; clocks may tie or step back.
  seq bigint generated always as identity unique,
  store text not null references outgrow.store (name),
  verb text not null check (verb in ('migrate', 'rollback')),
  status text not null default 'committed' check (status in ('committed', 'rolled_back')),
  -- Who started it, and who answers for it.
  actor text not null,
  owner text not null,
  source_path text,
  source_sha256 text,
  source_bytes bigint,
  plan json not null,
  plan_sha256 text not null,
  -- Collections, verification and seconds, as `migrate --json` prints them.
  figures json not null,
  -- Path, SHA-256 and the commands that restore it without outgrow.
  backup_before json,
  backup_after json,
  -- The transaction that wrote the data and this row: the witness after a COMMIT whose reply is lost.
  xid text not null default pg_current_xact_id()::text,
  started_at timestamptz not null,
  -- Taken when the row is written, the last moment before COMMIT.
  committed_at timestamptz not null default clock_timestamp(),
  rolled_back_at timestamptz,
  rolled_back_by_run uuid references outgrow.run (id),
  check ((status = 'rolled_back') = (rolled_back_at is not null)),
  check ((status = 'rolled_back') = (rolled_back_by_run is not null))
);

create index run_store_seq on outgrow.run (store, seq desc);

-- Records that no table of a narrowed plan takes. Kept whole, so that none is lost and each can be brought in later.
create table outgrow.quarantine (
  id bigint generated always as identity primary key,
  -- Deferred: records are put aside while the load goes on, before its run is written.
  run uuid not null references outgrow.run (id) deferrable initially deferred,
  -- JSON strings, because names in JSON may hold U+0000 and lone surrogates, which type text refuses.
  collection json not null,
  pointer json not null,
  position bigint not null,
  reason text not null,
  -- The record as JSON; null where its bytes are not JSON that PostgreSQL takes.
  record json,
  -- The bytes of the record as they stood in the source.
  raw bytea not null
);

create index quarantine_run on outgrow.quarantine (run, id);
