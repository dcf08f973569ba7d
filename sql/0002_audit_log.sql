-- The audit log: append-only, each entry sealed with the hash of its predecessor. It refers to nothing by foreign key,
-- so that no deletion elsewhere can touch it. Roles of applications get insert and select, nothing more (provision).

create table outgrow.audit_log (
  seq bigint primary key,
  at timestamptz not null,
  actor text not null,
  act text not null,
  subject text not null,
  store text,
  -- Type json keeps the text verbatim, which is what the hash covers.
  figures json not null,
  outcome text not null,
  previous_hash text not null,
  hash text not null
);

create index audit_log_store on outgrow.audit_log (store, seq desc);

-- The last entry, so that a removed tail is noticed. Moved by the trigger below and by nothing else.
create table outgrow.audit_head (
  id smallint primary key default 1 check (id = 1),
  seq bigint not null,
  hash text not null
);

insert into outgrow.audit_head (seq, hash) values (0, repeat('0', 64));

create function outgrow.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of %.% is refused: it is append-only', lower(tg_op), tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end
$$;

-- An entry is taken only if it follows the last one. Runs as the owner, so that a role which may insert entries needs no
-- right to the head.
create function outgrow.move_audit_head() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
begin
  update outgrow.audit_head set seq = new.seq, hash = new.hash
   where seq = new.seq - 1 and hash = new.previous_hash;
  if not found then
    raise exception 'audit entry % does not follow the last one', new.seq using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;

create function outgrow.only_forward() returns trigger language plpgsql as $$
begin
  if new.seq is distinct from old.seq + 1 then
    raise exception 'the head of the audit log only moves forward, one entry at a time'
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

create trigger audit_log_follows after insert on outgrow.audit_log
  for each row execute function outgrow.move_audit_head();
create trigger audit_log_append_only before update or delete or truncate on outgrow.audit_log
  for each statement execute function outgrow.refuse_change();
create trigger audit_head_kept before delete or truncate on outgrow.audit_head
  for each statement execute function outgrow.refuse_change();
create trigger audit_head_forward before update on outgrow.audit_head
  for each row execute function outgrow.only_forward();

-- Also under session_replication_role = replica, with which ordinary triggers sleep.
alter table outgrow.audit_log enable always trigger audit_log_append_only;
alter table outgrow.audit_head enable always trigger audit_head_kept;
alter table outgrow.audit_head enable always trigger audit_head_forward;
