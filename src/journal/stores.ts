import { createHash } from 'node:crypto'
import { OutgrowError } from '../errors.ts'
import type { Sql } from '../postgres/sql.ts'
import type { Plan } from '../schema/plan.ts'

export interface Store {
  name: string
  /** The PostgreSQL schema that holds its tables. */
  schema: string
  document: Plan['document']
  plan: Plan
  /** The plan's text, verbatim as it was saved. */
  planText: string
  planSha256: string
  createdAt: Date
  updatedAt: Date
}

/** SHA-256 of a plan's text, by which two runs tell whether they follow the same plan. */
export function planHash(planText: string): string {
  return createHash('sha256').update(planText).digest('hex')
}

/**
 * Records the store that the plan describes, or the plan now in force for it; `planText` is kept verbatim. The name is the
 * key: a second save with the same plan changes nothing but `updatedAt`. Throws `target-occupied` when another store
 * has the schema.
 */
export async function saveStore(sql: Sql, plan: Plan, planText: string): Promise<void> {
  const { rows } = await sql.query<{ name: string }>(
    'select name from outgrow.store where schema_name = $1::text and name <> $2::text',
    [plan.schema, plan.store],
  )
  if (rows[0]) throw schemaTaken(plan, rows[0].name)
  await sql.query(
    `insert into outgrow.store (name, schema_name, document, plan, plan_sha256)
     values ($1::text, $2::text, $3::text, $4::json, $5::text)
     on conflict (name) do update set schema_name = excluded.schema_name, document = excluded.document,
       plan = excluded.plan, plan_sha256 = excluded.plan_sha256, updated_at = clock_timestamp()`,
    [plan.store, plan.schema, plan.document, planText, planHash(planText)],
  )
}

/** The store of this name; undefined when it never was migrated. */
export async function findStore(sql: Sql, name: string): Promise<Store | undefined> {
  return (await storesWhere(sql, 'name = $1::text', [name]))[0]
}

/** The store of this name; throws `unknown-store`, naming those that are known. */
export async function requireStore(sql: Sql, name: string): Promise<Store> {
  const store = await findStore(sql, name)
  if (store !== undefined) return store
  const known = (await listStores(sql)).map((other) => `"${other.name}"`)
  throw new OutgrowError('unknown-store', `the database knows no store "${name}"`, {
    place: name,
    next: known.length > 0 ? `Known are ${known.join(', ')}.` : 'It knows none yet: run outgrow migrate first.',
  })
}

/** All stores, by name. */
export async function listStores(sql: Sql): Promise<Store[]> {
  return storesWhere(sql, 'true', [])
}

async function storesWhere(sql: Sql, condition: string, values: unknown[]): Promise<Store[]> {
  const { rows } = await sql.query<Omit<Store, 'plan'>>(
    `select name, schema_name as schema, document, plan::text as "planText", plan_sha256 as "planSha256",
            created_at as "createdAt", updated_at as "updatedAt"
       from outgrow.store where ${condition} order by name`,
    values,
  )
  return rows.map((row) => ({ ...row, plan: JSON.parse(row.planText) as Plan }))
}

function schemaTaken(plan: Plan, other: string): OutgrowError {
  return new OutgrowError('target-occupied', `schema ${plan.schema} belongs to store "${other}"`, {
    place: plan.schema,
    next: 'Choose another name for the store, or another schema in its plan.',
  })
}
