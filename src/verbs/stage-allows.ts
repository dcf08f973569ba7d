import { OutgrowError } from '../errors.ts'
import type { Sql } from '../postgres/sql.ts'

/**
 * Refuses what would put other tables under a store whose stage is not `off`, and keeps the stage as it is until the caller's
 * transaction ends. While both sides are in use the relay alone writes the mirror, and PostgreSQL may be the authority.
 */
export async function refuseStaged(sql: Sql, name: string, verb: string): Promise<void> {
  const { rows } = await sql.query<{ stage: string }>(
    'select stage from outgrow.stage where name = $1::text for share',
    [name],
  )
  const stage = rows[0]?.stage ?? 'off'
  if (stage === 'off') return
  throw new OutgrowError(
    'target-occupied',
    `Store "${name}" is in stage ${stage}: \`${verb}\` would put other tables under it.`,
    {
      place: name,
      next: `Go back to off first, a step at a time: outgrow stage ${name}. To make the mirror equal again: outgrow stage ${name} --repair`,
    },
  )
}
