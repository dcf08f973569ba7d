import { isOutgrowError } from '../../errors.ts'
import { withTimeouts } from '../../postgres/settings.ts'
import { inTransaction } from '../../postgres/transaction.ts'
import { sideError } from '../postgres/error.ts'
import type { PgSide } from '../postgres/side.ts'
import { readStage } from '../postgres/stage.ts'
import type { Told } from '../stage/settle.ts'

/** What PostgreSQL says of the stage; a database that outgrow was never in says nothing. */
export async function askStage(postgres: PgSide | undefined, store: string): Promise<Told> {
  return orAway(async () =>
    postgres !== undefined && (await isKnown(postgres)) ? readStage(postgres.pool, store) : undefined,
  )
}

/**
 * As `askStage`, after any change that a dead or cut-off session may still be committing: the row is locked for a moment,
 * which waits for whoever is changing it.
 */
export async function askStageSettled(postgres: PgSide | undefined, store: string): Promise<Told> {
  if (postgres === undefined) return undefined
  return orAway(async () => {
    if (!(await isKnown(postgres))) return undefined
    return postgres.pool.use((connection) =>
      inTransaction(connection, (sql) =>
        withTimeouts(sql, { lock: 10_000 }, async () => {
          await sql.query('select from outgrow.stage where name = $1::text for share', [store])
          return readStage(sql, store)
        }),
      ),
    )
  })
}

async function isKnown({ pool }: PgSide): Promise<boolean> {
  const { rows } = await pool.query<{ known: boolean }>(
    `select to_regclass('outgrow.stage_owner') is not null as known`,
  )
  return rows[0]?.known === true
}

async function orAway(ask: () => Promise<Told>): Promise<Told> {
  try {
    return await ask()
  } catch (error) {
    const told = sideError(error)
    if (isOutgrowError(told, 'unavailable', 'target-unreachable')) return 'away'
    throw told
  }
}
