import { type Kysely, sql } from 'kysely'
import type { Plan } from 'outgrow'
import type { Json } from 'outgrow/store'
import { heldBy } from '../../postgres/held.ts'
import { type RecordTable, recordTable } from '../../postgres/record-table.ts'
import { type RowCodec, rowCodec } from '../../postgres/row.ts'
import { idOf } from '../counters.ts'
import { COUNTERS, type Counted, KINDS, type Kind, numberOf } from '../kind.ts'
import type { Work } from '../store.ts'
import type { Database, Tx } from './database.ts'
import { nextId, raiseSequences, rememberRemoved } from './ids.ts'
import { linksIn } from './links.ts'

export type Codecs = Readonly<Record<Kind, RowCodec>>

export function codecsOf(plan: Plan): Codecs {
  return Object.fromEntries(KINDS.map((kind) => [kind, rowCodec(heldBy(plan, kind))])) as Record<Kind, RowCodec>
}

export function tablesOn(db: Kysely<Database>, codecs: Codecs): (kind: Kind) => RecordTable {
  return (kind) => recordTable(db, kind, codecs[kind])
}

/** The work of one transaction on PostgreSQL, and what is to be done at its end. `run`: which run of it this is. */
export function workIn(
  tx: Tx,
  codecs: Codecs,
  db: Kysely<Database>,
  run: number,
): { work: Work; end(): Promise<void> } {
  const table = tablesOn(tx, codecs)
  const removed = new Map<Counted, number>()
  const gone = (counted: Counted, id: Json | undefined): void => {
    removed.set(counted, Math.max(removed.get(counted) ?? 0, numberOf(id)))
  }
  const work: Work = {
    get: (kind, id) => table(kind).lock(id),
    find: (kind, query) => table(kind).find(query),
    links: () => linksIn(tx, true),
    insert: (kind, record) => table(kind).insert(record),
    put: (kind, id, record) => table(kind).put(id, record),
    remove: async (kind, id) => {
      const record = await table(kind).lock(id)
      if (record === undefined || !(await table(kind).remove(id))) return undefined
      if (kind in COUNTERS) gone(kind as Counted, record.id)
      return record
    },
    setLinks: async (links, link) => {
      const value = JSON.stringify(links)
      gone('links', idOf(link))
      await tx
        .insertInto('store_values')
        .values({ name: 'links', value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: sql<string>`excluded.value` }))
        .execute()
    },
    nextId: async (counted) => {
      // An id was taken: somebody wrote past the service.
      if (run > 1) await raiseSequences(db)
      return nextId(tx, counted)
    },
  }
  return { work, end: () => rememberRemoved(tx, removed) }
}
