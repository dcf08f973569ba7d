import { isOutgrowError, OutgrowError } from '../errors.ts'
import { appendAudit } from '../journal/audit.ts'
import { ensureBookkeeping } from '../journal/bookkeeping.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { type RunLock, takeRunLock } from '../postgres/lock.ts'
import { checkTarget, refusals } from '../postgres/preconditions.ts'
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
 * who is at it. What `fn` throws is put on record in the audit log before it is thrown on.
 */
export async function withTarget<T>(
  context: Context,
  verb: string,
  store: string,
  fn: (target: Target) => Promise<T>,
): Promise<T> {
  const reconnect = (): Promise<Connection> => connect(context.url, { application: `${verb} ${store}` })
  const connection = await reconnect()
  try {
    await refuseUnsafe(connection)
    await ensureBookkeeping(connection)
    const lock = await takeRunLock(context.url, store, verb)
    try {
      return await fn({ connection, lock, reconnect })
    } catch (error) {
      await recordFailure(context, verb, store, error, reconnect)
      throw error
    } finally {
      await lock.release()
    }
  } finally {
    await connection.end()
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
