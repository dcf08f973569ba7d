import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { composite, hostileNames, ideaBank } from '../../test/helpers/plans.ts'
import { OutgrowError } from '../errors.ts'
import type { Plan, Table } from './plan.ts'
import { readPlan, writePlan } from './plan-file.ts'
import { planJsonSchema } from './plan-shape.ts'
import { applyProposals } from './proposals.ts'

const refusal = (text: string): OutgrowError => {
  try {
    readPlan(text, 'plan.json')
  } catch (error) {
    if (error instanceof OutgrowError) return error
    throw error
  }
  throw new Error('the plan was accepted')
}

const edited = (change: (ideas: Table, plan: Plan) => void, plan = ideaBank()): string => {
  const [first] = plan.collections
  if (first === undefined || first.kind === 'values') throw new Error('the sample lost its first collection')
  change(first.table, plan)
  return writePlan(plan)
}

const column = (name: string, pointer: string) => ({ name, pointer, type: 'text', null_means: 'absent' }) as const

describe('a plan that is written and read', () => {
  it.each([
    ['idea bank', ideaBank()],
    ['hostile names', hostileNames()],
    ['composite', composite()],
  ])('%s is the same plan, with its enabled epochs applied', (_name, plan) => {
    const text = writePlan(plan)
    expect(text.isWellFormed()).toBe(true)
    const read = readPlan(text, 'plan.json')
    expect(read).toEqual(applyProposals(plan))
    expect(readPlan(writePlan(read), 'plan.json')).toEqual(read)
  })

  it('takes a byte order mark that an editor left', () => {
    expect(readPlan(`\ufeff${writePlan(composite())}`, 'plan.json').store).toBe('shop')
  })
})

describe('a plan is refused with its place', () => {
  const refused: [string, string, string][] = [
    ['text that is not JSON', '{', 'plan.json'],
    ['an unknown member', edited((_, plan) => Object.assign(plan, { colections: [] })), 'plan.json#'],
    [
      'a type PostgreSQL has but outgrow does not',
      edited((table) => Object.assign(table.columns[2] ?? {}, { type: 'varchar' })),
      '#/collections/0/table/columns/2/type',
    ],
    ['a schema of our own', edited((_, plan) => Object.assign(plan, { schema: 'outgrow' })), '#/schema'],
    [
      'a reserved column',
      edited((table) => table.columns.push(column('_aside', '/a'))),
      '#/collections/0/table/columns/16',
    ],
    ['a system column', edited((table) => table.columns.push(column('ctid', '/ctid'))), '/columns/16'],
    ['a name of 64 bytes', edited((table) => table.columns.push(column('é'.repeat(32), '/a'))), '/columns/16'],
    ['one column name twice', edited((table) => table.columns.push(column('title', '/a'))), '/columns/16/name'],
    ['one pointer twice', edited((table) => table.columns.push(column('a', '/title'))), '/columns/16/pointer'],
    [
      'a child that is also a column',
      edited((table) => table.columns.push(column('a', '/comments'))),
      '/children/0/pointer',
    ],
    [
      'a group that is also a column',
      edited((table) => table.columns.push(column('a', '/author'))),
      '/groups/0/pointer',
    ],
    ['a column inside a column', edited((table) => table.columns.push(column('a', '/extra/a'))), '/columns/16/pointer'],
    ['a pointer without a slash', edited((table) => table.columns.push(column('a', 'a'))), '/columns/16/pointer'],
    ['a pointer with a bare tilde', edited((table) => table.columns.push(column('a', '/~'))), '/columns/16/pointer'],
    ['the record itself as a column', edited((table) => table.columns.push(column('a', ''))), '/columns/16/pointer'],
    ['# outside a keyed collection', edited((table) => table.columns.push(column('a', '#'))), '/columns/16/pointer'],
    ['a keyed collection without #', edited((table) => table.columns.shift(), hostileNames()), '/table/columns'],
    ['a key that is no column', edited((table) => (table.key = ['nr'])), '#/collections/0/table/key'],
    ['a key of lists', edited((table) => (table.key = ['tags'])), '/table/key'],
    [
      'a child that forgot its parent',
      edited((table) => (table.children[0]?.table.key ?? []).pop()),
      '/children/0/table/key',
    ],
    [
      '1,601 columns',
      edited((table) => {
        table.columns = Array.from({ length: 1599 }, (_, n) => column(`c${n}`, `/c${n}`))
      }),
      '/table/columns',
    ],
    [
      'a format without timestamptz',
      edited((table) => Object.assign(table.columns[0] ?? {}, { format: 3 })),
      '/columns/0',
    ],
    ['a timestamptz without format', edited((table) => delete table.columns[12]?.format), '/columns/12'],
    [
      'an enum of numbers',
      edited((table) => Object.assign(table.proposals[0] ?? {}, { column: 'done' })),
      '/proposals/0',
    ],
    [
      'an enum without values',
      edited((table) => Object.assign(table.proposals[0] ?? {}, { evidence: {} })),
      '/proposals/0',
    ],
    [
      'an epoch of text',
      edited((table) => Object.assign(table.proposals[2] ?? {}, { column: 'title' })),
      '/proposals/2',
    ],
    [
      'a proposal for nothing',
      edited((table) => Object.assign(table.proposals[3] ?? {}, { column: 'x' })),
      '/proposals/3',
    ],
    [
      'no order where order is the key',
      edited((table) => Object.assign(table, { ordered: false, key: ['_position'] })),
      '/ordered',
    ],
    [
      'two tables of one name',
      edited((table) => Object.assign(table, { name: 'settings' })),
      '#/collections/2/table/name',
    ],
    [
      'a reference to no table',
      edited((_, plan) => Object.assign(plan.references[0] ?? {}, { to_table: 'x' })),
      '#/references/0/to_table',
    ],
    [
      'a foreign key of a list',
      edited((_, plan) => Object.assign(plan.references[2] ?? {}, { enabled: true })),
      '#/references/2/enabled',
    ],
    [
      'a foreign key across types',
      edited((_, plan) => Object.assign(plan.references[0] ?? {}, { column: 'title' })),
      '#/references/0/enabled',
    ],
    [
      'a foreign key with orphans',
      edited((_, plan) => {
        Object.assign(plan.references[0] ?? {}, { evidence: { values: 3, contained: 2, ratio: 0.67, orphans: ['9'] } })
      }),
      '#/references/0/enabled',
    ],
    [
      'a top-level list of two collections',
      edited((_, plan) => Object.assign(plan, { document: 'list' })),
      '#/collections',
    ],
  ]

  it.each(refused)('%s', (_name, text, place) => {
    const error = refusal(text)
    expect(error.code).toBe('plan-invalid')
    expect(error.place?.endsWith(place), error.place).toBe(true)
    expect(error.next).toMatch(/^[A-Z].*[.]$/)
  })

  it('counts what else is wrong', () => {
    const text = edited((table) => table.columns.push(column('ctid', '/a'), column('xmin', '/b')))
    expect(refusal(text).message).toMatch(/\(and 1 more\)$/)
  })
})

it('describes every member of a plan in the JSON schema for editors', () => {
  const text = JSON.stringify(planJsonSchema())
  const source = readFileSync(new URL('./plan.ts', import.meta.url), 'utf8')
  const members = [...source.matchAll(/^ {2}([a-z_$]+)\??: /gim)].map((match) => match[1])
  expect(members.length).toBeGreaterThan(25)
  expect(members.filter((member) => !text.includes(`"${member}":`))).toEqual([])
  expect(text).toContain('2020-12')
})
