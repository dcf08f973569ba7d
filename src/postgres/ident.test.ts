import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { connect } from './connect.ts'
import { qualified, quoteIdent, quoteLiteral } from './ident.ts'

const database = await testDatabase()
const connection = await connect(database.url)
afterAll(async () => {
  await connection.end()
  await database.drop()
})

test('plain names stay bare, all others are quoted', () => {
  const cases = ['user_id', '_aside', 'User', 'select', 'a"b', '1st', 'größe', 'a b', "it's"]
  expect(cases.map(quoteIdent)).toEqual([
    'user_id',
    '_aside',
    '"User"',
    '"select"',
    '"a""b"',
    '"1st"',
    '"größe"',
    '"a b"',
    `"it's"`,
  ])
  expect(qualified('my store', 'order')).toBe('"my store"."order"')
  expect(() => quoteIdent('a\0b')).toThrow('U+0000')
  expect(() => quoteIdent('')).toThrow('empty')
})

test('every keyword of this server works as a column and table name', async () => {
  const { rows } = await connection.query<{ word: string }>('select word from pg_get_keywords()')
  const columns = rows.map(({ word }) => `${quoteIdent(word)} int`)
  await connection.query(`create table public.words (${columns.join(', ')})`)
  for (const { word } of rows) await connection.query(`select ${quoteIdent(word)} from public.words`)
  const tables = rows.map(({ word }) => `create table ${qualified('public', word)} (x int)`)
  await connection.query(tables.join(';'))
  expect(rows.length).toBeGreaterThan(400)
})

test('any text comes back from a literal and any name from an identifier, whatever the server is set to', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((s) => !s.includes('\0') && s.isWellFormed())
  const spiced = fc
    .array(fc.oneof(text, fc.constantFrom("'", '\\', '"', '$$', '\n', 'E')))
    .map((parts) => parts.join(''))
  for (const conforming of ['on', 'off']) {
    if (conforming === 'off') await connection.query('set standard_conforming_strings = off')
    await fc.assert(
      fc.asyncProperty(spiced, async (value) => {
        const name = [...`n${value}`].slice(0, 8).join('')
        const { rows } = await connection.query(`select ${quoteLiteral(value)} as ${quoteIdent(name)}`)
        expect(rows).toEqual([{ [name]: value }])
      }),
      { numRuns: 60 },
    )
  }
})
