import { isOutgrowError, OutgrowError } from '../errors.ts'
import { appendAudit } from '../journal/audit.ts'
import { ensureBookkeeping } from '../journal/bookkeeping.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { type RunLock, takeRunLock } from '../postgres/lock.ts'
import { checkTarget, refusals } from '../postgres/preconditions.ts'
import { withTimeouts } from '../postgres/settings.ts'
import { SQLSTATE, sqlState } from '../postgres/sqlstate.ts'
import { inTransaction } from '../postgres/transaction.ts'
import type { Context } from './context.ts'

/** A database that is fit, with our bookkeeping in it, and the right to work on one store there. */
export interface Target {
  connection: Connection
  lock: RunLock
  /** Another session on the same database. */
  reconnect: () => Promise<Connection>
}

/**
 * Runs `fn` as the only run on the store. Throws `target-unsafe` naming what is wrong with the server, or `locked` naming
 * who is at it. A refused lock and what `fn` throws are put on record in the audit log before they are thrown on.
 */
export async function withTarget<T>(
  context: Context,
  verb: string,
  store: string,
  fn: (target: Target) => Promise<T>,
): Promise<T> {
  const reconnect = (): Promise<Connection> => connect(context.url, { application: `${verb} ${store}` })
  const session = { connection: await reconnect(), reconnect }
  try {
    await refuseUnsafe(session.connection)
    await ensureBookkeeping(session.connection)
    return await underLock(context, verb, store, session, fn).catch(async (error: unknown) => {
      await recordFailure(context, verb, store, error, reconnect)
      throw error
    })
  } finally {
    await session.connection.end()
  }
}

/** `fn` may put another connection in the place of one that broke; the caller of this closes whichever is there. */
async function underLock<T>(
  context: Context,
  verb: string,
  store: string,
  session: Omit<Target, 'lock'>,
  fn: (target: Target) => Promise<T>,
): Promise<T> {
  const lock = await takeRunLock(context.url, store, verb)
  try {
    await awaitPredecessor(session.connection, store)
    return await fn(Object.assign(session, { lock }))
  } finally {
    await lock.release()
  }
}

/** Longer than a COMMIT should take; an index on a large table may take longer. */
const PREDECESSOR_MS = 10_000

/**
 * When a process dies, its run lock is free at once, but the session that did its work ends only when the server is through
 * with the statement at hand, which may be its COMMIT. So each such session holds a lock of its own as long as it
 * lives, and who comes next waits for that one before it looks at what is there.
 */
async function awaitPredecessor(connection: Connection, store: string): Promise<void> {
  try {
    await withTimeouts(connection, { lock: PREDECESSOR_MS }, () =>
      connection.query('select pg_advisory_lock(hashtextextended($1::text, 0))', [
        `outgrow: session on store ${store}`,
      ]),
    )
  } catch (error) {
    if (sqlState(error) !== SQLSTATE.lock_not_available) throw error
    throw new OutgrowError('locked', `The server still carries out what an ended run on store "${store}" left to it.`, {
      place: store,
      next: 'Wait for it to end, then run the same command again; pg_stat_activity shows what it is.',
      cause: error,
    })
  }
}

/** Opens a session for a verb that only reads. Throws `unknown-store` when outgrow was never here. */
export async function withReader<T>(
  context: Context,
  verb: string,
  fn: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(context.url, { application: verb })
  try {
    const { rows } = await connection.query<{ known: boolean }>(
      `select to_regclass('outgrow.store') is not null as known`,
    )
    if (!rows[0]?.known)
      throw new OutgrowError('unknown-store', 'This database holds no store that outgrow migrated.', {
        next: 'Run `outgrow migrate STORE --name NAME` first, or give the right database with --to.',
      })
    return await fn(connection)
  } finally {
    await connection.end()
  }
}

async function refuseUnsafe(connection: Connection): Promise<void> {
  const wrong = refusals(await checkTarget(connection))
  if (wrong.length === 0) return
  const told = wrong.map((check) => `${check.id}: ${check.found}, wanted ${check.wanted}`).join('; ')
  throw new OutgrowError('target-unsafe', `The target is not fit: ${told}.`, {
    next: wrong.map((check) => check.fix).join(' '),
  })
}

/** The connection may be in any state by now, so the record goes over a new one; if the server is gone, that is said. */
async function recordFailure(
  context: Context,
  verb: string,
  store: string,
  error: unknown,
  reconnect: () => Promise<Connection>,
): Promise<void> {
  const code = isOutgrowError(error) ? error.code : 'failure'
  const outcome = code === 'failure' ? 'failed' : 'refused'
  const figures = { code, message: error instanceof Error ? error.message : String(error) }
  try {
    const connection = await reconnect()
    try {
      const entry = { actor: context.actor, act: verb, subject: store, store, figures, outcome } as const
      await inTransaction(connection, (sql) => appendAudit(sql, entry))
    } finally {
      await connection.end()
    }
  } catch (unrecorded) {
    const message = unrecorded instanceof Error ? unrecorded.message : String(unrecorded)
    context.log.warn({ store, verb, error: message }, 'the failure could not be put on record in the audit log')
  }
}
