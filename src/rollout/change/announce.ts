import type { Sql } from '../../postgres/sql.ts'
import type { OwnerIdentity } from '../file/owner.ts'

/** Where a store's file is, and who last opened it as its owner. */
export interface KnownOwner {
  file: string
  host: string
  pid: number
  since: Date
}

/** Tells operators at other places whom to ask; it is no lock. */
export async function announceOwner(sql: Sql, store: string, owner: OwnerIdentity & { path: string }): Promise<void> {
  await sql.query(
    `insert into outgrow.stage_owner (store, file, host, pid, since)
     values ($1::text, $2::text, $3::text, $4::int, clock_timestamp())
     on conflict (store) do update set file = excluded.file, host = excluded.host, pid = excluded.pid, since = excluded.since`,
    [store, owner.path, owner.host, owner.pid],
  )
}

export async function knownOwner(sql: Sql, store: string): Promise<KnownOwner | undefined> {
  const { rows } = await sql.query<KnownOwner>(
    'select file, host, pid, since from outgrow.stage_owner where store = $1::text',
    [store],
  )
  return rows[0]
}
