import type { Collection, Column, ColumnType, Plan, Table } from '../../src/schema/plan.ts'

const column = (name: string, type: ColumnType, more: Partial<Column> = {}): Column => ({
  name,
  pointer: `/${name}`,
  type,
  null_means: 'absent',
  ...more,
})

const table = (name: string, key: string, columns: Column[], more: Partial<Table> = {}): Table => ({
  name,
  key: [key],
  columns,
  groups: [],
  children: [],
  proposals: [],
  ...more,
})

const comments: Table = {
  ...table('ideas_comments', '', [column('text', 'text'), column('likes', 'bigint')]),
  key: ['_parent_id', '_ordinal'],
}

const ideas = table(
  'ideas',
  'id',
  [
    column('id', 'text'),
    column('title', 'text'),
    column('status', 'text', { null_means: 'null' }),
    column('votes', 'bigint'),
    column('score', 'double precision'),
    column('open', 'boolean'),
    column('tags', 'text[]'),
    column('author_name', 'text', { pointer: '/author/name' }),
    column('meta', 'jsonb'),
    column('created_at', 'timestamptz', { pointer: '/createdAt', format: 3 }),
    column('day', 'date'),
  ],
  {
    groups: [{ pointer: '/author', null_means: 'absent' }],
    children: [{ pointer: '/comments', empty_means: 'absent', table: comments }],
  },
)

const collections: Collection[] = [
  { name: 'ideas', kind: 'list', table: ideas },
  { name: 'systems', kind: 'list', table: table('systems', 'id', [column('id', 'bigint'), column('name', 'text')]) },
  {
    name: 'settings',
    kind: 'keyed',
    table: table('settings', 'key', [column('key', 'text', { pointer: '#' }), column('theme', 'text')]),
  },
  { name: 'links', kind: 'list', table: table('links', '_position', [column('url', 'text')]) },
  { name: 'profile', kind: 'singleton', table: table('profile', '_position', [column('owner', 'text')]) },
  { name: 'nextId', kind: 'values' },
]

/** A plan with each kind of collection and of column that the contract of a side is about. */
export const sidePlan: Plan = {
  $schema: './outgrow-plan.schema.json',
  version: 1,
  store: 'Side contract',
  schema: 'side_contract',
  document: 'object',
  collections,
  references: [],
  notes: [],
}

/** An empty document of that plan, as LowDB would hold it. */
export const emptyDocument = { ideas: [], systems: [], settings: {}, links: [], profile: {}, nextId: 0 }
