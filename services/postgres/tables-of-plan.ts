import { type Kysely, sql } from 'kysely'
import { OutgrowError, type Plan } from 'outgrow'

/** Tables that another plan made would fail in the middle of a request, or keep what is not meant. Throws `target-unsafe`. */
export async function refuseOtherTables<DB>(db: Kysely<DB>, { schema, collections }: Plan): Promise<void> {
  const columns = collections.flatMap((one) =>
    one.kind === 'values'
      ? []
      : one.table.columns.map(({ name, type }) => ({ table: `${schema}.${one.table.name}`, name, type })),
  )
  const list = (of: 'table' | 'name' | 'type') => sql`${columns.map((column) => column[of])}::text[]`
  const { rows } = await sql<{ place: string; name: string }>`
    select place, name from unnest(${list('table')}, ${list('name')}, ${list('type')}) wanted (place, name, type)
    where not exists (select from pg_attribute where attrelid = to_regclass(place) and attname = name
      and atttypid = type::regtype and not attisdropped)`.execute(db)
  const [first] = rows
  if (first === undefined) return
  const names = rows.filter(({ place }) => place === first.place).map(({ name }) => name)
  throw new OutgrowError('target-unsafe', `Table ${first.place} was made by another plan, as its ${names} shows.`, {
    place: first.place,
    next: 'Roll it back, and migrate with the plan that is checked in beside the service.',
  })
}
