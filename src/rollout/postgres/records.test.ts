import { afterAll, beforeAll, expect, test } from 'vitest'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { type TestDatabase, testDatabase } from '../../../test/helpers/database.ts'
import { type ExactValue, exactDifferences, parseExact } from '../../../test/helpers/exact-json.ts'
import { memoryFile, planFor } from '../../../test/property/pure-trip.ts'
import { drawStore } from '../../../test/property/stores.ts'
import { sourcesOf } from '../../infer/sources.ts'
import { profileStore } from '../../infer/store-profile.ts'
import { loadStore, runStatements } from '../../load/load-store.ts'
import { countOf } from '../../postgres/batch.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { qualified, quoteIdent } from '../../postgres/ident.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import { inTransaction } from '../../postgres/transaction.ts'
import { copyColumns } from '../../schema/copy-columns.ts'
import { createKeys, createTables, dropSchema, dropTables } from '../../schema/ddl.ts'
import { ASIDE, type Plan, POSITION } from '../../schema/plan.ts'
import { compileCollections, type PgCollection } from './collection.ts'
import type { RecordRow } from './decode.ts'
import { keyOfText, readRow, removalOf, type Written, writesOf, writeWhole } from './records.ts'

let database: TestDatabase
let sql: Connection

beforeAll(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

const DOCUMENTS = Number(process.env.OUTGROW_PROPERTY_DOCUMENTS ?? 120)

/** Loads a document as `migrate` does and hands its plan to `fn`; nothing is left of it. */
async function loaded(text: string, fn: (plan: Plan) => Promise<void>): Promise<void> {
  const plan = await planFor(text)
  const bytes = Buffer.from(text)
  const file = memoryFile(bytes)
  const sources = sourcesOf(file, await profileStore(file, bytes.length), plan)
  await inTransaction(sql, (own) =>
    loadStore(own, plan, { sources, skip: new Map(), progress: () => {}, reached: () => {} }),
  )
  try {
    await fn(plan)
  } finally {
    await runStatements(sql, [...dropTables(plan), dropSchema(plan)])
  }
}

/** All rows as texts, without places, which a record that is put anew may change, and asides, whose members have no order. */
async function rowsOf({ schema, tables, key }: PgCollection): Promise<string[][]> {
  const all: string[][] = []
  for (const placed of tables) {
    const names = copyColumns(placed).names.filter(
      (name) => name !== POSITION && name !== ASIDE && !(key === undefined && /^_parent/.test(name)),
    )
    const columns = names.map((name) => `${quoteIdent(name)}::text`).join(', ')
    const { rows } = await sql.query<{ row: string }>(
      `select array[${columns}]::text[]::text as row from ${qualified(schema, placed.table.name)}`,
    )
    all.push(rows.map(({ row }) => row).sort())
  }
  return all
}

/** The records of a collection in their order, by the side's own reading. */
async function recordsOf(collection: PgCollection): Promise<(Written & { key: string })[]> {
  const { key, from, recordColumns, decoder, keyField } = collection
  const [found] = await sql.batch([{ text: `select ${recordColumns} from ${from} t order by ${POSITION}` }])
  return (found?.rows ?? []).map((row) => {
    const json = decoder.json(row)
    expect(JSON.stringify(decoder.record(row))).toBe(JSON.stringify(JSON.parse(json)))
    return { key: key === undefined ? '' : keyOfText(key, row[keyField] as string), json }
  })
}

function expected(document: ExactValue, collection: PgCollection, plan: Plan): ExactValue[] {
  const whole = plan.document === 'object' ? memberOf(document, collection.name) : document
  if (collection.kind === 'singleton') return [whole]
  if (typeof whole === 'object' && whole !== null && 'list' in whole) return whole.list
  return typeof whole === 'object' && whole !== null && 'object' in whole ? [...whole.object.values()] : []
}

function memberOf(document: ExactValue, name: string): ExactValue {
  if (typeof document !== 'object' || document === null || !('object' in document)) throw new Error('not an object')
  return document.object.get(name) as ExactValue
}

test(`records of ${DOCUMENTS} stores are read as they stand in the file, and pushed into the rows that the loader makes`, async () => {
  let records = 0
  let lists = 0
  for (let seed = 1; seed <= DOCUMENTS; seed++) {
    const text = drawStore({ seed, size: 8 })
    await loaded(text, async (plan) => {
      for (const collection of compileCollections(plan).values()) {
        if (collection.kind === 'values') continue
        const found = await recordsOf(collection)
        const wanted = { list: expected(parseExact(text), collection, plan) }
        expect(exactDifferences(wanted, listOf(found)), text).toEqual([])
        const before = await rowsOf(collection)
        await pushAgain(collection, found)
        expect(await rowsOf(collection), text).toEqual(before)
        expect(exactDifferences(wanted, listOf(await recordsOf(collection))), text).toEqual([])
        records += found.length
        lists += collection.tables.length - 1
      }
    })
  }
  expect(records).toBeGreaterThan(300)
  expect(lists).toBeGreaterThan(10)
})

function listOf(records: Written[]): ExactValue {
  return { list: records.map(({ json }) => parseExact(json)) }
}

/** Each record by itself over itself, then all of them anew together. */
async function pushAgain(collection: PgCollection, records: Written[]): Promise<void> {
  const texts = records.map(({ json }) => json)
  if (collection.key === undefined) return writeWhole(sql, collection, texts)
  for (const record of records) {
    const row = await readRow(sql, collection, record.key, true)
    expect(row && collection.decoder.json(row)).toBe(record.json)
    for (const expected of ['either', 'there'] as const) await sql.batch(writesOf(collection, [record], expected))
  }
  const keys = records.map(({ key }) => key)
  const [removed] = await sql.batch([removalOf(collection, keys) ?? []].flat())
  expect(removed === undefined ? 0 : countOf(removed)).toBe(keys.length)
  await sql.batch(writesOf(collection, records, 'new'))
}

const HARD: [string, string][] = [
  ['numbers', '{"id":1,"n":9007199254740993,"m":[-0,1e400,1.10,5e-324],"f":-0,"s":123456789012345678901234567890}'],
  ['texts', '{"id":2,"t":"a\\u0000b","u":"\\ud800","w":"\\\\.\\t\\r\\n\\u000b","e":"","x":{"\\u0000":1,"\\udc00":[]}}'],
  ['absence', '{"id":3,"n":null,"m":[],"c":[],"o":{}}'],
  ['nothing', '{"id":4}'],
  ['lists', '{"id":5,"c":[{"a":1,"b":[{"x":"\\\\N"},{}]},{},{"a":null,"b":[]}],"m":["NULL","{}",null]}'],
  ['odd ones', '{"id":6,"c":[{"a":"x"},7],"n":{"a":[[]]},"t":["\\u2028\\u0085"],"__proto__":{"a":1},"constructor":2}'],
]

test('hard values come back exactly, whatever the record was before', async () => {
  const first = '{"id":0,"n":1,"t":"x","c":[{"a":1,"b":[{"x":"y"}]}],"m":["a"],"o":{"p":1},"f":0.5}'
  await loaded(`{"things":[${[first, ...HARD.map(([, json]) => json)].join(',')}]}`, async (plan) => {
    const things = compileCollections(plan).get('things') as PgCollection
    for (const [, json] of HARD)
      for (const [, former] of HARD) {
        const anew = former.replace(/"id":\d/, '"id":0')
        await sql.batch(writesOf(things, [{ key: '0', json: anew }], 'either'))
        const next = json.replace(/"id":\d/, '"id":0')
        await sql.batch(writesOf(things, [{ key: '0', json: next }], 'either'))
        const row = (await readRow(sql, things, '0', false)) as RecordRow
        expect(exactDifferences(parseExact(next), parseExact(things.decoder.json(row)))).toEqual([])
        expect(JSON.stringify(things.decoder.record(row))).toBe(JSON.stringify(JSON.parse(things.decoder.json(row))))
      }
  })
})

test('thousands of records are upserted by a few statements; those that were there keep their places, others go last', async () => {
  await runStatements(sql, [...createTables(sidePlan), ...createKeys(sidePlan)])
  const systems = compileCollections(sidePlan).get('systems') as PgCollection
  const record = (id: number, name: string): Written => ({ key: `${id}`, json: JSON.stringify({ id, name }) })
  await sql.batch(
    writesOf(
      systems,
      [2, 1].map((id) => record(id, 'old')),
      'new',
    ),
  )
  const many = Array.from({ length: 3000 }, (_, at) => record(3000 - at, 'new'))
  const statements = writesOf(systems, many, 'either')
  expect(statements.length).toBeLessThanOrEqual(2)
  await sql.batch(statements)
  const keys = (await recordsOf(systems)).map(({ key }) => Number(key))
  expect(keys).toEqual([2, 1, ...Array.from({ length: 2998 }, (_, at) => 3000 - at)])
  await expect(sql.batch(writesOf(systems, [record(7, 'again')], 'new'))).rejects.toSatisfy(
    (error) => sqlState(error) === SQLSTATE.unique_violation,
  )
})

test('a record that the plan cannot take is refused with its collection and key, before anything is sent', async () => {
  const systems = compileCollections(sidePlan).get('systems') as PgCollection
  const records = [
    { key: '8', json: '{"id":8}' },
    { key: '"x"', json: '{"id":"x"}' },
  ]
  expect(() => writesOf(systems, records, 'either')).toThrow(
    expect.objectContaining({ code: 'refused', place: 'systems "x"' }),
  )
})
