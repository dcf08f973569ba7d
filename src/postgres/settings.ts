import type { Sql } from './sql.ts'
import { isConnectionLost, SQLSTATE, sqlState } from './sqlstate.ts'

/**
 * What every session of outgrow runs under, whatever the server, database or role defaults say: text comes and goes in
 * one encoding and one format, names are found only where they are qualified, scans start at the first page, and a
 * lock is never waited for without end. `statement_timeout` is 0 because a COPY may last for hours.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO,YMD',
  IntervalStyle: 'iso_8601',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  search_path: 'pg_catalog,pg_temp',
  synchronize_seqscans: 'off',
  lock_timeout: '5s',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

/** Settings as the `options` of a startup message, after those that the URL brought (the last one wins). */
export function startupOptions(settings: Readonly<Record<string, string>>, fromUrl: string | null): string {
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
  return [...(fromUrl ? [fromUrl] : []), ...ours].join(' ')
}

export interface Timeouts {
  /** Milliseconds; 0 waits for ever. */
  lock?: number
  statement?: number
}

/**
 * Runs `fn` under other timeouts and sets the former ones again, also after an error. A rollback of the surrounding
 * transaction restores them by itself.
 */
export async function withTimeouts<T>(sql: Sql, timeouts: Timeouts, fn: () => Promise<T>): Promise<T> {
  const former = await setTimeouts(sql, timeouts.lock?.toString(), timeouts.statement?.toString())
  let result: T
  try {
    result = await fn()
  } catch (error) {
    await setTimeouts(sql, former.lock, former.statement).catch((restoring: unknown) => {
      const undoneByRollback = sqlState(restoring) === SQLSTATE.in_failed_sql_transaction
      if (!undoneByRollback && !isConnectionLost(restoring)) throw restoring
    })
    throw error
  }
  await setTimeouts(sql, former.lock, former.statement)
  return result
}

async function setTimeouts(sql: Sql, lock: string | undefined, statement: string | undefined) {
  const { rows } = await sql.query<{ lock: string; statement: string }>(
    `with former as materialized (
       select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement
     )
     select lock, statement,
            set_config('lock_timeout', coalesce($1::text, lock), false),
            set_config('statement_timeout', coalesce($2::text, statement), false)
       from former`,
    [lock ?? null, statement ?? null],
  )
  return rows[0] as { lock: string; statement: string }
}
