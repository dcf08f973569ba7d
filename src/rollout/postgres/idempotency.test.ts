import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/helpers/database.ts'
import { ensureBookkeeping } from '../../journal/bookkeeping.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import type { Answer } from '../answer.ts'
import { onceByKey, readAnswers, writeAnswers } from './idempotency.ts'

let database: TestDatabase
let sql: Connection

beforeAll(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  await ensureBookkeeping(sql)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

beforeEach(async () => {
  await sql.query('truncate outgrow.idempotency')
})

const answers: Answer[] = [
  { key: 'a', requestHash: 'h', response: '{"text": "\\ud800\\u0000 as it was"}', at: 1_700_000_000_123 },
  { key: 'nothing', requestHash: '', response: null, at: 1_700_000_000_124 },
  { key: 'null', requestHash: 'h', response: 'null', at: 1_700_000_000_125 },
]

test('answers are handed over as they are, to the store of their name, and are answered again', async () => {
  expect(await writeAnswers(sql, 'one', answers)).toBe(3)
  expect(await readAnswers(sql, 'one')).toEqual(answers)
  expect(await readAnswers(sql, 'two')).toEqual([])
  const again = (idempotencyKey: string, requestHash: string): Promise<unknown> =>
    onceByKey(sql, 'one', { epoch: 1, as: 'authority', idempotencyKey, requestHash }, async () => 'anew')
  expect(await again('a', 'h')).toEqual({ text: '\ud800\0 as it was' })
  expect(await again('nothing', '')).toBeUndefined()
  expect(await again('null', 'h')).toBeNull()
  await expect(again('a', 'other')).rejects.toMatchObject({ code: 'conflict', place: 'a' })
  expect(await again('new', 'h')).toBe('anew')
})

test('a key that is there keeps its answer, and doing it again changes nothing', async () => {
  await writeAnswers(sql, 'one', answers.slice(0, 1))
  const theirs = answers.map((answer) => ({ ...answer, response: '"theirs"', at: answer.at + 5 }))
  expect(await writeAnswers(sql, 'one', theirs)).toBe(2)
  expect(await writeAnswers(sql, 'one', theirs)).toBe(0)
  expect(await readAnswers(sql, 'one')).toEqual([answers[0], ...theirs.slice(1)])
  expect(await writeAnswers(sql, 'one', [])).toBe(0)
})

test('many are handed over in several statements, none twice and none left', async () => {
  const many = Array.from({ length: 2500 }, (_, n) => ({ key: `k${n}`, requestHash: 'h', response: `${n}`, at: n }))
  expect(await writeAnswers(sql, 'one', many)).toBe(2500)
  expect(await readAnswers(sql, 'one')).toEqual(many)
})
