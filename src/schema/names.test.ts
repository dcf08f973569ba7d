import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/helpers/database.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { quoteIdent } from '../postgres/ident.ts'
import { foldName, MAX_NAME_BYTES, nameProblem, schemaName, snakeCase } from './names.ts'

const fold = (...originals: string[]): string[] => {
  const taken = new Set<string>()
  return originals.map((original) => foldName(original, taken, 'column'))
}

describe('snakeCase', () => {
  it.each([
    ['userId', 'user_id'],
    ['HTMLParser', 'html_parser'],
    ['parseHTML', 'parse_html'],
    ['first name', 'first_name'],
    ['a.b', 'a_b'],
    ['address2Line', 'address2_line'],
    ['créé', 'créé'],
    ['cre\u0301e', 'crée'],
    ['日本語', '日本語'],
    ['_id', '_id'],
    ['__proto__', '_proto'],
    ['blog-posts', 'blog_posts'],
    ['\u{1f389}', ''],
    ['❤\ufe0f', ''],
    ['\ud800', ''],
    ['', ''],
  ])('%j becomes %j', (text, words) => expect(snakeCase(text)).toBe(words))
})

describe('foldName', () => {
  it('keeps three spellings of one word apart, the first in plain form', () => {
    expect(fold('userId', 'userid', 'user_id')).toEqual(['user_id', 'userid', 'user_id_2'])
  })

  it('never gives a system column or one of ours', () => {
    expect(fold('ctid', 'OID', '_position', '_aside', '_ordinal', '_parentId', 'position')).toEqual([
      'ctid_column',
      'oid_column',
      'position',
      'aside',
      'ordinal',
      'parent_id',
      'position_2',
    ])
    expect(foldName('store_values', new Set(), 'table')).toBe('store_values_table')
  })

  it('names what has no letter: the empty key, emoji, U+0000, half a surrogate pair', () => {
    const names = fold('', ' ', '\u0000', '\ud800', '\udc00', '\u{1f389}', '__proto__', 'constructor')
    expect(names[0]).toBe('empty')
    expect(names.slice(1, 6).every((name) => /^column_[0-9a-f]{8}$/.test(name))).toBe(true)
    expect(names.slice(6)).toEqual(['_proto', 'constructor'])
    expect(new Set(names).size).toBe(8)
  })

  it('cuts at a code point and tells names apart that are equal in their first 63 bytes', () => {
    const long = 'é'.repeat(40)
    const [one = '', two = ''] = fold(`${long}a`, `${long}b`)
    expect(one).not.toBe(two)
    expect(one).toMatch(/^é{27}_[0-9a-f]{8}$/)
    expect(Buffer.byteLength(one)).toBe(MAX_NAME_BYTES)
  })
})

describe('schemaName', () => {
  it.each([
    ['Idea Bank', 'idea_bank'],
    ['pg_stats', 'store_pg_stats'],
    ['PGStats', 'store_pg_stats'],
    ['public', 'store_public'],
    ['outgrow', 'store_outgrow'],
    ['information schema', 'store_information_schema'],
  ])('%j becomes %j', (store, name) => expect(schemaName(store)).toBe(name))
})

describe('against a server', () => {
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

  it('gives any distinct keys distinct names, which the server takes as they are', async () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 90 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))).map((all) => all.join('')),
      fc.constantFrom('userId', 'userid', 'user_id', 'User', 'select', 'xmin', '_parent', '__proto__', 'x'.repeat(70)),
    )
    const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(keys, async (originals) => {
        const names = fold(...originals)
        expect(new Set(names).size).toBe(originals.length)
        expect(names.map((name) => nameProblem(name, 'column')).filter(Boolean)).toEqual([])
        await sql.query('drop table if exists public.folded')
        await sql.query(`create table public.folded (${names.map((name) => `${quoteIdent(name)} int`).join(', ')})`)
        const { rows } = await sql.query<{ attname: string }>(
          `select attname::text from pg_attribute where attrelid = 'public.folded'::regclass and attnum > 0 order by attnum`,
        )
        expect(rows.map((row) => row.attname)).toEqual(names)
      }),
      { numRuns: 60 },
    )
  })
})
