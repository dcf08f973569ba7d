import { type Kysely, type RawBuilder, sql } from 'kysely'
import { idOf } from '../counters.ts'
import { COUNTED, COUNTERS, type Counted, nextOf, numberOf } from '../kind.ts'
import { type Database, SCHEMA, type Tx } from './database.ts'
import { linksIn } from './links.ts'

const sequenceOf = (counted: Counted): string => `${SCHEMA}.${counted}_ids`

/** An id that none has had. A number is spent also when the transaction that asked for it is undone. */
export async function nextId(tx: Tx, counted: Counted): Promise<string> {
  const { rows } = await sql<{ id: string }>`select nextval(${sequenceOf(counted)}::regclass)::text as id`.execute(tx)
  return rows[0]?.id ?? ''
}

/**
 * Puts every sequence past the ids that are there, and past what the counters of the file say: once after a move, and again
 * when an id turns out to be taken. No sequence ever goes back. Other sessions wait for their number meanwhile.
 */
export async function raiseSequences(db: Kysely<Database>): Promise<void> {
  const links = (await linksIn(db)).map((link) => numberOf(idOf(link)))
  for (const counted of COUNTED) {
    const stand = standOf(counted, counted === 'links' ? sql`${Math.max(0, ...links)}::bigint` : highestId(counted))
    const { rows } = await sql<{ behind: boolean }>`select next > given as behind from (${stand}) stand`.execute(db)
    if (rows[0]?.behind !== true) continue
    await db.transaction().execute(async (tx) => {
      // Nothing is altered: it keeps everyone else from taking a number until the commit.
      await sql`alter sequence ${sql.id(SCHEMA, `${counted}_ids`)} no cycle`.execute(tx)
      await sql`select setval(${sequenceOf(counted)}::regclass, next, false)
        from (${stand}) stand where next > given`.execute(tx)
    })
  }
}

/** What must come next at least, by ids and counter, and what the sequence would give. */
function standOf(counted: Counted, highest: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select greatest((${highest}) + 1, (${counterOf(counted)}), 1) as next,
    (select last_value + is_called::int from ${sql.id(SCHEMA, `${counted}_ids`)}) as given`
}

/** As `numberOf` reads ids: up to fifteen digits. */
function highestId(counted: Counted): RawBuilder<unknown> {
  return sql`select coalesce(max(id::bigint), 0) from ${sql.id(SCHEMA, counted)} where id ~ '^[0-9]{1,15}$'`
}

function counterOf(counted: Counted): RawBuilder<unknown> {
  return sql`select (value #>> '{}')::bigint from ${sql.id(SCHEMA, 'store_values')}
    where name = ${COUNTERS[counted]} and value #>> '{}' ~ '^[0-9]{1,15}$'`
}

/**
 * Remembers in the counters of the store that these ids were given, since their records are gone and cannot say so any more:
 * an export carries it. Done last in a transaction, and in one order, since whoever holds a counter waits for nobody.
 */
export async function rememberRemoved(tx: Tx, removed: ReadonlyMap<Counted, number>): Promise<void> {
  for (const counted of COUNTED) {
    const next = (removed.get(counted) ?? 0) + 1
    if (next === 1) continue
    const name = COUNTERS[counted]
    const known = await tx
      .selectFrom('store_values')
      .select('value')
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirst()
    const value = JSON.stringify(next)
    if (known === undefined) await tx.insertInto('store_values').values({ name, value }).execute()
    else if (nextOf(known.value) < next)
      await tx.updateTable('store_values').set({ value }).where('name', '=', name).execute()
  }
}
