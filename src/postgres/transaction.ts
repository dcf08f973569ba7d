import { OutgrowError } from '../errors.ts'
import type { Connection } from './connect.ts'
import { isConnectionLost } from './sqlstate.ts'

export interface TransactionOptions {
  isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readOnly?: boolean
  /** How to commit; the default is a plain COMMIT, whose lost reply leaves the outcome unknown. */
  commit?: (connection: Connection) => Promise<void>
}

/**
 * Runs `fn` in one transaction: committed when it returns, rolled back when it throws, and the error of `fn` is what the
 * caller gets. Also throws when the server answers COMMIT with a rollback, as it does when a statement failed and
 * `fn` went on regardless.
 */
export async function inTransaction<T>(
  connection: Connection,
  fn: (connection: Connection) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const isolation = options.isolation ? ` isolation level ${options.isolation}` : ''
  await connection.query(`begin${isolation}${options.readOnly ? ' read only' : ''}`)
  let result: T
  try {
    result = await fn(connection)
  } catch (error) {
    await rollback(connection)
    throw error
  }
  await (options.commit ?? commit)(connection)
  return result
}

/** COMMIT; throws when the server rolled back instead. */
export async function commit(connection: Connection): Promise<void> {
  const { command } = await connection.query('commit')
  if (command === 'COMMIT') return
  throw new OutgrowError('failure', 'the transaction was rolled back: one of its statements had failed', {
    next: 'This is a fault in outgrow: report it with the log of this run.',
  })
}

/** Without a session there is nothing to roll back; a session that cannot roll back is cut, so that the server does. */
async function rollback(connection: Connection): Promise<void> {
  try {
    await connection.query('rollback')
  } catch (error) {
    connection.destroy()
    if (!isConnectionLost(error)) throw error
  }
}
