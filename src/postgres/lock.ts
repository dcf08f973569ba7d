import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { OutgrowError } from '../errors.ts'
import { type Connection, connect } from './connect.ts'

/** The right to work on one store of one database, held by one process. */
export interface RunLock {
  /** Throws `locked` when the lock is no longer ours, e.g. because the server restarted. Ask before each commit. */
  assertHeld(): Promise<void>
  /** A second call does nothing. */
  release(): Promise<void>
}

/** First of the two keys of the advisory lock: what outgrow's locks of stores have in common in a database. */
const LOCK_CLASS = keyOf('outgrow: run on a store')
const PATIENCE_MS = 10_000

/**
 * Takes the lock of `store` in the database, or throws `locked` naming who holds it. The lock belongs to a transaction
 * on a connection of its own, so it is free again the instant that this process dies, and no clock is involved; the
 * connection shows verb, store, process and host in pg_stat_activity.
 */
export async function takeRunLock(url: string, store: string, verb: string): Promise<RunLock> {
  const application = `${verb} ${store} (pid ${process.pid} on ${hostname()})`
  const connection = await connect(url, { application, answerWithin: PATIENCE_MS })
  try {
    await connection.query('begin read only')
    const { rows } = await connection.query<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock($1::int, $2::int) as taken',
      [LOCK_CLASS, keyOf(store)],
    )
    if (!rows[0]?.taken) throw lockedByAnother(store, await holderOf(connection, store))
  } catch (error) {
    await connection.end()
    throw error
  }
  return {
    assertHeld: () => assertHeld(connection, store),
    release: () => connection.end(),
  }
}

interface Holder {
  application: string
  pid: number
  /** Hidden from roles that are neither the holder's nor allowed to see all statistics. */
  since: Date | null
}

/** Who holds the lock; undefined when it has been let go in the meantime. */
async function holderOf(connection: Connection, store: string): Promise<Holder | undefined> {
  const { rows } = await connection.query<Holder>(
    `select a.application_name as application, a.pid, coalesce(a.xact_start, a.backend_start) as since
       from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.objsubid = 2
        and l.database = (select oid from pg_database where datname = current_database())
        and l.classid = ($1::int8 & 4294967295)::oid and l.objid = ($2::int8 & 4294967295)::oid`,
    [LOCK_CLASS, keyOf(store)],
  )
  return rows[0]
}

/** The lock lives exactly as long as the transaction, so an answer from within it is the proof. */
async function assertHeld(connection: Connection, store: string): Promise<void> {
  try {
    const { rows } = await connection.query<{ held: boolean }>(
      `select exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted
                         and classid = ($1::int8 & 4294967295)::oid and objid = ($2::int8 & 4294967295)::oid) as held`,
      [LOCK_CLASS, keyOf(store)],
    )
    if (rows[0]?.held) return
  } catch (cause) {
    throw lost(store, cause)
  }
  throw lost(store, undefined)
}

function lockedByAnother(store: string, holder: Holder | undefined): OutgrowError {
  const who = holder
    ? `"${holder.application}", backend ${holder.pid}${holder.since ? `, since ${holder.since.toISOString()}` : ''}`
    : 'a run that has just ended'
  return new OutgrowError('locked', `store "${store}" is locked by ${who}`, {
    place: store,
    next: holder
      ? `Wait for it to end; if it is stuck, end it on the server: select pg_terminate_backend(${holder.pid}).`
      : 'Run the same command again.',
  })
}

function lost(store: string, cause: unknown): OutgrowError {
  return new OutgrowError('locked', `the lock of store "${store}" was lost: its connection has ended`, {
    place: store,
    next: 'Nothing of this run is committed; run the same command again.',
    cause,
  })
}

/** 32 bits of SHA-256 as a signed int4. Two stores that collide merely wait for each other. */
function keyOf(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE(0)
}
