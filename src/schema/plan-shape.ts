import { z } from 'zod'
import type { Collection, Plan, Table } from './plan.ts'

/** Name of the JSON schema that is written beside a plan, for editors. */
export const PLAN_SCHEMA_FILE = 'outgrow-plan.schema.json'

const name = z.string().min(1)
const pointer = z.string()
const nullMeans = z.enum(['absent', 'null']).describe('What SQL NULL stands for; a record that differs says so aside.')
const count = z.number().int().nonnegative()

const type = z.enum([
  'boolean',
  'bigint',
  'double precision',
  'numeric',
  'uuid',
  'timestamptz',
  'date',
  'text',
  'text[]',
  'bigint[]',
  'jsonb',
])

const format = z.union([z.literal([0, 1, 2, 3, 4, 5, 6]), z.enum(['epoch-ms', 'epoch-s'])])

const column = z.strictObject({
  name: name.describe('Name in PostgreSQL, unquoted.'),
  pointer: pointer.describe('JSON pointer within the record; # for the member name of a keyed record.'),
  type,
  format: z.exactOptional(format).describe('timestamptz only: digits of the fraction of a second, or an epoch.'),
  null_means: nullMeans,
})

const proposal = z.strictObject({
  kind: z.enum(['enum', 'not-null', 'epoch-ms', 'epoch-s']),
  column: name,
  enabled: z.boolean().describe('Set to true to have it.'),
  evidence: z.record(z.string(), z.unknown()),
})

const table: z.ZodType<Table> = z
  .strictObject({
    name: name.describe('Name in PostgreSQL, unquoted.'),
    key: z.array(name).min(1).describe('Columns of the primary key; ["_position"] when nothing identifies a record.'),
    ordered: z.exactOptional(z.literal(false)).describe('false: order means nothing, contract drops _position.'),
    columns: z.array(column).describe('In the order in which export writes the members.'),
    groups: z.array(z.strictObject({ pointer, null_means: nullMeans })),
    get children() {
      return z.array(z.strictObject({ pointer, empty_means: z.enum(['absent', 'empty']), table }))
    },
    proposals: z.array(proposal),
  })
  .meta({ id: 'table' })

const collection: z.ZodType<Collection> = z.discriminatedUnion('kind', [
  z.strictObject({ name: z.string(), kind: z.enum(['list', 'keyed', 'singleton']), table }),
  z.strictObject({ name: z.string(), kind: z.literal('values') }),
])

const reference = z.strictObject({
  table: name,
  column: name,
  to_table: name,
  to_column: name,
  cardinality: z.enum(['one', 'many']),
  match: z.enum(['exact', 'canonical']),
  enabled: z.boolean().describe('Set to true for a foreign key in the contract migration.'),
  evidence: z.strictObject({
    values: count,
    contained: count,
    ratio: z.number().min(0).max(1),
    orphans: z.array(z.string()),
  }),
})

/** The shape of a plan, member by member; what must hold between members is plan-check.ts. Unknown members are refused. */
export const planShape: z.ZodType<Plan> = z.strictObject({
  $schema: z.string(),
  version: z.literal(1),
  store: z.string(),
  schema: name.describe('The PostgreSQL schema that holds the tables.'),
  document: z.enum(['object', 'list', 'map', 'nedb']),
  collections: z.array(collection),
  nedb: z.exactOptional(z.strictObject({ indexes: z.array(z.string()) })),
  references: z.array(reference),
  notes: z.array(z.strictObject({ id: z.string(), pointer, message: z.string() })),
})

/** The JSON schema (draft 2020-12) of a plan: the content of PLAN_SCHEMA_FILE. */
export function planJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(planShape), title: 'outgrow plan' }
}
