import { OutgrowError } from '../errors.ts'
import { requireStore } from '../journal/stores.ts'
import type { Connection } from '../postgres/connect.ts'
import type { Plan } from '../schema/plan.ts'
import { tableNames, tablesExist } from './backups.ts'

/** The plan in force for a store whose tables are there. Throws `unknown-store` when they were rolled back or dropped. */
export async function storedPlan(connection: Connection, name: string): Promise<Plan> {
  const { plan } = await requireStore(connection, name)
  if (tableNames(plan).length === 0 || (await tablesExist(connection, plan))) return plan
  throw new OutgrowError(
    'unknown-store',
    `The store "${name}" has no tables in PostgreSQL: it was rolled back, or they were dropped.`,
    {
      place: plan.schema,
      next: `Move it with \`outgrow migrate STORE --name ${name}\`, or look at \`outgrow log ${name}\`.`,
    },
  )
}
