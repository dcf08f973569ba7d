import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/helpers/database.ts'
import { composite, hostileNames, ideaBank } from '../../../test/helpers/plans.ts'
import { expandSql } from '../ddl.ts'
import { applyProposals } from '../proposals.ts'
import { emitDrizzle } from './drizzle.ts'
import { emitKysely } from './kysely.ts'
import { emitPrisma } from './prisma.ts'

const require = createRequire(import.meta.url)
const plans = [
  ['idea bank', ideaBank()],
  ['hostile names', hostileNames()],
  ['composite', composite()],
] as const

interface PrismaWasm {
  validate(params: string): void
  get_dmmf(params: string): string
}
interface Dmmf {
  datamodel: { models: { name: string; dbName: string; fields: { name: string; type: string; kind: string }[] }[] }
}

const prisma = (schema: string): Dmmf => {
  const wasm = require('@prisma/prisma-schema-wasm') as PrismaWasm
  const params = JSON.stringify({ prismaSchema: [['schema.prisma', schema]], noColor: true })
  wasm.validate(params)
  return JSON.parse(wasm.get_dmmf(params)) as Dmmf
}

/** What the compiler says of the texts, as files beside this one, under settings stricter than ours. */
const compile = (texts: Record<string, string>): string[] => {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const files = new Map(Object.entries(texts).map(([name, text]) => [`${here}${name}`, text]))
  const options: ts.CompilerOptions = {
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noUnusedLocals: true },
    ...{
      noUnusedParameters: true,
      isolatedModules: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      noEmit: true,
    },
    ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, types: ['node'] },
    ...{ moduleResolution: ts.ModuleResolutionKind.NodeNext },
  }
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists, getSourceFile } = host
  host.readFile = (path) => files.get(path) ?? readFile.call(host, path)
  host.fileExists = (path) => files.has(path) || fileExists.call(host, path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = files.get(path)
    return text === undefined
      ? getSourceFile.call(host, path, version, ...rest)
      : ts.createSourceFile(path, text, version)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .map((one) => `${one.file?.fileName.split('/').at(-1)}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`)
}

const evaluate = (text: string): Record<string, unknown> => {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 }
  const exports: Record<string, unknown> = {}
  new Function('require', 'exports', ts.transpile(text, options))(require, exports)
  return exports
}

describe('Prisma', () => {
  it.each(plans)('%s is a schema that Prisma accepts, table by table', (_name, plan) => {
    const { models } = prisma(emitPrisma(plan)).datamodel
    const created = expandSql(plan).up.filter((one) => one.sql.startsWith('create table'))
    expect(models).toHaveLength(created.length)
  })

  it('relates children and enabled references to their targets, both ways', () => {
    const { models } = prisma(emitPrisma(ideaBank())).datamodel
    const relations = models.flatMap((model) =>
      model.fields
        .filter((field) => field.kind === 'object')
        .map((field) => `${model.name}.${field.name}: ${field.type}`),
    )
    expect(relations).toEqual([
      'Ideas.category: Categories',
      'Ideas.ideasComments: IdeasComments',
      'IdeasComments.ideas: Ideas',
      'Categories.parentRecord: Categories',
      'Categories.ideasByCategory: Ideas',
      'Categories.categoriesByParent: Categories',
    ])
  })

  it('is refused when a relation has no other end, so that acceptance means something', () => {
    const broken = emitPrisma(ideaBank()).replace(/^ {2}ideasComments .*\n/m, '')
    expect(() => prisma(broken)).toThrow(/missing an opposite relation field/)
  })
})

it('Drizzle and Kysely compile under strict settings, and only right uses of them do', () => {
  const texts = Object.fromEntries(
    plans.flatMap(([name, plan]) => [
      [`${name.replace(' ', '-')}-drizzle.ts`, emitDrizzle(plan)],
      [`${name.replace(' ', '-')}-kysely.ts`, emitKysely(plan)],
    ]),
  )
  texts['right.ts'] = `import type { Kysely, Selectable } from 'kysely'
import type { Database, IdeasTable } from './idea-bank-kysely.js'
import { ideas } from './idea-bank-drizzle.js'
export const row: Selectable<IdeasTable>['category_id'] = '9007199254740993' as string | null
export const day = (one: Selectable<IdeasTable>): Date | null => one.created_at
export const add = (db: Kysely<Database>) =>
  db.insertInto('ideas').values({ id: '1', title: 'a', category_id: 7n, priority: "it's high", extra: '{}' }).execute()
export const typed: typeof ideas.$inferInsert = { id: '1', title: 'a', categoryId: 7n, tags: ['a'], priority: 'low' }
`
  texts['wrong.ts'] = `import type { Kysely } from 'kysely'
import type { Database } from './idea-bank-kysely.js'
import { ideas } from './idea-bank-drizzle.js'
export const add = (db: Kysely<Database>) => db.insertInto('ideas').values({ title: 'no key' }).execute()
export const typed: typeof ideas.$inferInsert = { id: '1', title: 'a', priority: 'urgent' }
`
  const said = compile(texts)
  expect(said.filter((line) => !line.startsWith('wrong.ts'))).toEqual([])
  expect(said).toHaveLength(2)
})

describe('on a server', () => {
  let database: TestDatabase
  let client: pg.Client
  beforeAll(async () => {
    database = await testDatabase()
    client = new pg.Client(database.url)
    await client.connect()
    for (const [, plan] of plans) {
      for (const { sql } of expandSql(applyProposals(plan)).up) await client.query(sql)
    }
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  it.each(plans)('%s: Drizzle names every column and type as the table has them', async (_name, plan) => {
    const tables = Object.values(evaluate(emitDrizzle(plan)))
      .filter(isTable)
      .map(getTableConfig)
    const emitted = tables.flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column.name} ${column.getSQLType()} ${column.primary || column.notNull}`),
    )
    const { rows } = await client.query<{ line: string }>(
      `select format('%s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text) as line
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = to_regnamespace(quote_ident($1)) and c.relkind = 'r'`,
      [plan.schema],
    )
    // Not-null proposals come with contract; expand leaves the column open.
    const open = (line: string): string => line.replace(/^(ideas\.title text) true$/, '$1 false')
    expect(emitted.map(open).sort()).toEqual(rows.map((row) => row.line).sort())
  })

  it('Drizzle writes and reads a record with its child, exact beyond 2^53', async () => {
    const schema = evaluate(emitDrizzle(ideaBank()))
    const db = drizzle(client, { schema })
    const { ideas, ideasComments } = schema as Record<string, PgTable>
    if (ideas === undefined || ideasComments === undefined) throw new Error('a table is missing')
    const record = {
      ...{
        id: '1',
        title: 'a',
        categoryId: 9007199254740993n,
        tags: ['x', 'null', ''],
        votes: [1n, -9007199254740993n],
      },
      ...{ budget: '0.1000', day: '2024-02-29', touched: new Date(1), extra: [1, { a: null }], priority: 'two\nlines' },
    }
    await db.insert(ideas).values(record)
    await db.insert(ideasComments).values({ parentId: '1', ordinal: 0n, text: 'first' })
    const [read] = await db.select().from(ideas)
    expect(read).toMatchObject({ ...record, position: 1n, aside: null })
    const query = db.query as unknown as Record<string, { findMany(options: object): Promise<unknown[]> }>
    const [related] = (await query.ideas?.findMany({ with: { ideasComments: true } })) ?? []
    expect(related).toMatchObject({ id: '1', ideasComments: [{ text: 'first' }] })
  })

  it('pg answers with the JavaScript types that the Kysely types promise', async () => {
    await client.query(`insert into idea_bank.ideas values ('k', 't', null, 7, null, '{a}', null, 0.5, 1.50, true,
      '00000000-0000-4000-8000-000000000000', '2024-02-29', now(), now(), '{1}', '[1]')`)
    const { rows } = await client.query(`select * from idea_bank.ideas where id = 'k'`)
    expect(rows[0]).toMatchObject({
      ...{ category_id: '7', tags: ['a'], score: 0.5, budget: '1.50', done: true, votes: ['1'], extra: [1] },
      ...{ day: expect.any(Date), created_at: expect.any(Date), touched: expect.any(Date), _position: '2' },
    })
  })
})

function isTable(value: unknown): value is PgTable {
  return typeof value === 'object' && value !== null && Symbol.for('drizzle:IsDrizzleTable') in value
}
