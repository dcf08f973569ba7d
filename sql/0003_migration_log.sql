-- The migration log for people: date, change, rollback, owner, and the page that tells the rest. Append-only: a rollback
-- is an entry of its own.

create table outgrow.migration_log (
  id bigint generated always as identity primary key,
  -- The day of the act, in UTC.
  date date not null,
  change text not null,
  -- How to undo it; for a rollback, what it undid.
  rollback text not null,
  owner text not null,
  store text not null references outgrow.store (name),
  -- One entry per run, however often its recording is repeated.
  run uuid not null unique references outgrow.run (id),
  verb text not null check (verb in ('migrate', 'rollback')),
  -- File name of the page: a migration's own; a rollback shares that of the run it undid.
  page text not null,
  figures json not null,
  -- The audit entry of the act: an anchor of the hash chain outside the audit log, and in the pages outside the database.
  audit_seq bigint,
  audit_hash text,
  check ((audit_seq is null) = (audit_hash is null))
);

create unique index migration_log_page on outgrow.migration_log (page) where verb = 'migrate';

create trigger migration_log_append_only before update or delete or truncate on outgrow.migration_log
  for each statement execute function outgrow.refuse_change();
alter table outgrow.migration_log enable always trigger migration_log_append_only;
