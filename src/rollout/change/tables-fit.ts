import { findStore } from '../../journal/stores.ts'
import { qualified } from '../../postgres/ident.ts'
import type { Plan } from '../../schema/plan.ts'
import { tablesOf } from '../../schema/tables.ts'
import { sameJson } from '../same-json.ts'
import type { Json } from '../side.ts'
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
  if (!sameJson(mappingOf(stored.plan), mappingOf(plan)))
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

/** What of a plan says how a record becomes rows: not its notes, and not what was only proposed. */
function mappingOf({ schema, document, collections }: Plan): Json {
  return JSON.parse(
    JSON.stringify({ schema, document, collections }, (name, value) => (name === 'proposals' ? undefined : value)),
  ) as Json
}
