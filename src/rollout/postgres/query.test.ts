import { afterAll, beforeAll, expect, test } from 'vitest'
import { queries, someIdeas } from '../../../test/contract/side-data.ts'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { type TestDatabase, testDatabase } from '../../../test/helpers/database.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { createKeys, createTables } from '../../schema/ddl.ts'
import { runQuery } from '../query/run.ts'
import type { Json, JsonRecord, Query } from '../side.ts'
import { compileCollections, type PgCollection } from './collection.ts'
import { countRecords, findRecords } from './find.ts'
import { compileQuery } from './query.ts'
import { type Written, writesOf } from './records.ts'

const ideas = compileCollections(sidePlan).get('ideas') as PgCollection

let database: TestDatabase
let sql: Connection

beforeAll(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  for (const { sql: statement } of [...createTables(sidePlan), ...createKeys(sidePlan)]) await sql.query(statement)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

const FITS: Record<string, (value: Json) => boolean> = {
  title: (value) => typeof value === 'string',
  votes: Number.isInteger,
  score: (value) => typeof value === 'number',
  open: (value) => typeof value === 'boolean',
  tags: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  author: (value) => JSON.stringify(value).startsWith('{"name":"'),
  meta: (value) => value !== null,
  createdAt: (value) => typeof value === 'string' && value.endsWith('Z'),
  day: (value) => typeof value === 'string' && /^\d{4}-/.test(value),
}

/** The same ideas without what no column holds: no row has an aside, and SQL alone answers. */
function plainIdeas(): JsonRecord[] {
  return someIdeas().map((idea) => {
    const members = Object.entries(idea).filter(([name, value]) => name === 'id' || FITS[name]?.(value))
    const status = typeof idea.status === 'string' ? idea.status : null
    return { ...(Object.fromEntries(members) as JsonRecord), status }
  })
}

async function fill(records: JsonRecord[]): Promise<number> {
  await sql.query('truncate side_contract.ideas cascade')
  const written = records.map((record): Written => ({ key: JSON.stringify(record.id), json: JSON.stringify(record) }))
  await sql.batch(writesOf(ideas, written, 'either'))
  const { rows } = await sql.query<{ asides: string }>(
    'select count(*) as asides from side_contract.ideas where _aside is not null',
  )
  return Number(rows[0]?.asides)
}

function inMemory(records: JsonRecord[], query: Query): JsonRecord[] {
  return runQuery(
    records.map((record) => ({ key: JSON.stringify(record.id), record })),
    query,
  )
}

test('where SQL alone answers, every query has the meaning that it has in memory', async () => {
  const records = plainIdeas()
  expect(await fill(records)).toBe(0)
  const asked = queries()
  for (const query of asked) {
    expect(await findRecords(sql, ideas, query), JSON.stringify(query)).toEqual(inMemory(records, query))
    const { limit, offset, ...rest } = query
    expect(await countRecords(sql, ideas, query)).toBe(inMemory(records, rest).length)
  }
  const pushed = asked.map((query) => compileQuery(ideas, query))
  expect(pushed.filter((one) => one.isWhole && one.order !== undefined).length).toBeGreaterThan(100)
})

test('one row with an aside among many is found where it belongs, at the front, between, and at the end of a page', async () => {
  const plain = Array.from({ length: 20 }, (_, at) => ({ id: `k${at}`, votes: at * 2, status: null }))
  for (const votes of ['a text', 1.5, -0.5, 100.5, null]) {
    const records = [...plain, { id: 'odd', votes, status: null }] as JsonRecord[]
    expect(await fill(records)).toBe(1)
    for (const descending of [false, true])
      for (const offset of [0, 1, 2, 19, 20]) {
        const query: Query = { order: [{ by: 'votes', descending }], offset, limit: 2, where: { votes: { not: 4 } } }
        expect(await findRecords(sql, ideas, query), JSON.stringify([votes, query])).toEqual(inMemory(records, query))
      }
  }
})

test('integers beyond 2^53 are compared as the doubles that memory makes of them', async () => {
  const texts = ['9007199254740991', '9007199254740992', '9007199254740993', '9223372036854775807', '-5']
  await sql.query('truncate side_contract.ideas cascade')
  for (const text of texts)
    await sql.batch(
      writesOf(ideas, [{ key: `"${text}"`, json: `{"id":"${text}","votes":${text},"status":null}` }], 'either'),
    )
  const records = texts.map((id) => ({ id, votes: Number(id), status: null }))
  for (const operator of ['in', 'not', 'gt', 'gte', 'lt', 'lte'])
    for (const value of [-5, -5.5, 9007199254740991, 9007199254740992, 9007199254740994, 2 ** 63]) {
      const query: Query = { where: { votes: { [operator]: operator === 'in' ? [value] : value } } }
      expect(await findRecords(sql, ideas, query), JSON.stringify(query)).toEqual(inMemory(records, query))
    }
})

test('the order is that of code points where the database has a language of its own', async () => {
  for (const name of ['id', 'title'])
    await sql.query(`alter table side_contract.ideas alter column ${name} type text collate pg_catalog."und-x-icu"`)
  const records = ['a', 'B', 'b', 'A', 'é', 'Z', '_', '1', '\uffff', '😀', ''].map((title, at) => ({
    id: `${title}${at % 2}`,
    title: at % 3 === 0 ? 'same' : title,
    status: null,
  }))
  expect(await fill(records)).toBe(0)
  const asked: Query[] = [
    {},
    { order: [{ by: 'title' }] },
    { order: [{ by: 'title', descending: true }], limit: 4, offset: 2 },
    { where: { title: { gt: 'Z' } } },
    { where: { id: { lte: 'a0' } } },
  ]
  for (const query of asked)
    expect(await findRecords(sql, ideas, query), JSON.stringify(query)).toEqual(inMemory(records, query))
})
