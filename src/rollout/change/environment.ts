import type { Sql } from '../../postgres/sql.ts'

/** The newest backup of a store. */
export interface Backup {
  path: string
  /** Seconds since it was finished. */
  age: number
}

/** The newest backup that is on record: one that a run took, or `outgrow backup create`. */
export async function recordedBackup(sql: Sql, store: string): Promise<Backup | undefined> {
  const { rows } = await sql.query<{ path: string; age: string }>(
    `select path, extract(epoch from clock_timestamp() - at) as age from (
       select coalesce(backup_after, backup_before)->>'path' as path, committed_at as at from outgrow.run
        where store = $1::text and status = 'committed'
       union all
       select figures->>'backup', at from outgrow.audit_log
        where store = $1::text and act = 'backup' and outcome = 'done'
     ) known where path is not null order by at desc limit 1`,
    [store],
  )
  return rows[0] && { path: rows[0].path, age: Number(rows[0].age) }
}
