import { findStore, planHash } from '../../journal/stores.ts'
import { qualified } from '../../postgres/ident.ts'
import { writePlan } from '../../schema/plan-file.ts'
import { tablesOf } from '../../schema/tables.ts'
import type { GateSight } from './gate-sight.ts'

export interface Misfit {
  why: string
}

export function isGateFailure(fit: Misfit | true): fit is Misfit {
  return fit !== true
}

/** Whether PostgreSQL has the tables of the very plan that the service reads and writes by. */
export async function tablesFit({ parts, postgres }: GateSight): Promise<Misfit | true> {
  const { plan, name } = parts
  const stored = await findStore(postgres.pool, name)
  if (stored === undefined) return { why: `"${name}" was never migrated into this database` }
  if (planHash(writePlan(stored.plan)) !== planHash(writePlan(plan)))
    return { why: 'it was migrated with another plan than the service uses' }
  for (const { table } of tablesOf(plan)) {
    const { rows } = await postgres.pool.query<{ known: boolean }>(
      'select to_regclass($1::text) is not null as known',
      [qualified(plan.schema, table.name)],
    )
    if (!rows[0]?.known) return { why: `the table ${table.name} is missing` }
  }
  return true
}
