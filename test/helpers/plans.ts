import type { Child, Column, ColumnType, Plan, Proposal, Reference, Table } from '../../src/schema/plan.ts'

const column = (name: string, type: ColumnType, more: Partial<Column> = {}): Column => ({
  name,
  pointer: `/${name}`,
  type,
  null_means: 'absent',
  ...more,
})

const table = (name: string, key: string[], columns: Column[], more: Partial<Table> = {}): Table => ({
  name,
  key,
  columns,
  groups: [],
  children: [],
  proposals: [],
  ...more,
})

const child = (pointer: string, inner: Table): Child => ({ pointer, empty_means: 'empty', table: inner })

const proposal = (kind: Proposal['kind'], of: string, enabled: boolean, evidence = {}): Proposal => ({
  kind,
  column: of,
  enabled,
  evidence,
})

const reference = (from: [string, string], to: [string, string], more: Partial<Reference> = {}): Reference => ({
  table: from[0],
  column: from[1],
  to_table: to[0],
  to_column: to[1],
  cardinality: 'one',
  match: 'exact',
  enabled: false,
  evidence: { values: 3, contained: 3, ratio: 1, orphans: [] },
  ...more,
})

const plan = (store: string, schema: string, collections: Plan['collections'], references: Reference[] = []): Plan => ({
  $schema: './outgrow-plan.schema.json',
  version: 1,
  store,
  schema,
  document: 'object',
  collections,
  references,
  notes: [],
})

/** A small Idea Bank: a group (author), a child table (comments), references one and many, each kind of proposal. */
export function ideaBank(): Plan {
  const comments = table(
    'ideas_comments',
    ['_parent_id', '_ordinal'],
    [column('user_id', 'text', { pointer: '/userId' }), column('text', 'text')],
  )
  const ideas = table(
    'ideas',
    ['id'],
    [
      column('id', 'text'),
      column('title', 'text'),
      column('author_name', 'text', { pointer: '/author/name', null_means: 'null' }),
      column('category_id', 'bigint', { pointer: '/categoryId' }),
      column('priority', 'text'),
      column('tags', 'text[]'),
      column('related', 'text[]'),
      column('score', 'double precision'),
      column('budget', 'numeric'),
      column('done', 'boolean'),
      column('uuid', 'uuid'),
      column('day', 'date'),
      column('created_at', 'timestamptz', { pointer: '/createdAt', format: 3 }),
      column('touched', 'bigint'),
      column('votes', 'bigint[]'),
      column('extra', 'jsonb'),
    ],
    {
      groups: [{ pointer: '/author', null_means: 'absent' }],
      children: [child('/comments', comments)],
      proposals: [
        proposal('enum', 'priority', true, { values: ['low', "it's high", 'two\nlines'], records: 3 }),
        proposal('not-null', 'title', true, { records: 3 }),
        proposal('epoch-ms', 'touched', true, { records: 3 }),
        proposal('enum', 'title', false, { values: ['a'], records: 3 }),
      ],
    },
  )
  const categories = table('categories', ['id'], [column('id', 'bigint'), column('parent', 'bigint')], {
    ordered: false,
  })
  return plan(
    'Idea Bank',
    'idea_bank',
    [
      { name: 'ideas', kind: 'list', table: ideas },
      { name: 'Categories', kind: 'list', table: categories },
      { name: 'settings', kind: 'singleton', table: table('settings', ['_position'], [column('theme', 'text')]) },
      { name: 'tagNames', kind: 'values' },
    ],
    [
      reference(['ideas', 'category_id'], ['categories', 'id'], { enabled: true }),
      reference(['categories', 'parent'], ['categories', 'id'], { enabled: true }),
      reference(['ideas', 'related'], ['ideas', 'id'], { cardinality: 'many' }),
      reference(['ideas_comments', 'user_id'], ['ideas', 'id']),
    ],
  )
}

/** Names chosen to break quoting, generated names, and the languages of the emitters. */
export function hostileNames(): Plan {
  const users = table(
    'user',
    ['select'],
    [
      column('select', 'text'),
      column('we"ird', 'text', { pointer: '/we"ird' }),
      column("it's", 'bigint', { pointer: "/it's" }),
      column('back\\slash', 'numeric', { pointer: '/back\\slash' }),
      column('$do$', 'text'),
      column('日本語', 'text'),
      column('créé', 'text'),
      column('1st', 'text'),
      column('user_id', 'text', { pointer: '/userId' }),
      column('userid', 'text'),
      column('user_id_2', 'text', { pointer: '/user_id' }),
      column('get_sql', 'text', { pointer: '/getSQL' }),
      column('constructor', 'text'),
      column('_proto', 'text', { pointer: '/__proto__' }),
      column('empty', 'jsonb', { pointer: '/' }),
      column('newline', 'text', { pointer: '/a\n-- down\nb' }),
      column('nul', 'text', { pointer: '/\u0000\ud800' }),
      column('x'.repeat(63), 'text', { pointer: `/${'x'.repeat(70)}` }),
      column('class', 'boolean'),
      column('position', 'bigint'),
      column('_id', 'text'),
    ],
    {
      proposals: [
        proposal('enum', '$do$', true, { values: ['$do$', "'", '\\', '*/ \u0024{x} `', 'a\n-- down\nb'], records: 1 }),
      ],
    },
  )
  const collections: Plan['collections'] = [
    {
      name: 'user',
      kind: 'keyed',
      table: { ...users, columns: [column('key', 'text', { pointer: '#' }), ...users.columns] },
    },
    { name: 'User', kind: 'list', table: table('User', ['_position'], []) },
    { name: 'user_pkey', kind: 'list', table: table('user_pkey', ['_position'], [column('a', 'text')]) },
    { name: 'user_position_seq', kind: 'list', table: table('user_position_seq', ['_position'], []) },
    { name: 'text', kind: 'list', table: table('text', ['_position'], [column('string', 'text')]) },
    { name: 'String', kind: 'list', table: table('String', ['_position'], [column('Date', 'date')]) },
    { name: '日本', kind: 'list', table: table('日本', ['_position'], []) },
    { name: 'x', kind: 'list', table: table('x'.repeat(63), ['_position'], [column('y'.repeat(63), 'text')]) },
    { name: "v'", kind: 'values' },
  ]
  const references = [
    reference(['user', '1st'], ['user', 'select'], { enabled: true }),
    reference(['x'.repeat(63), 'y'.repeat(63)], ['user', 'select'], { enabled: true }),
  ]
  return plan('sto"re\n-- down', 'sto"re', collections, references)
}

/** Three levels: the grandchild's key is that of the child, which holds that of the parent. */
export function composite(): Plan {
  const lines = table(
    'orders_lines_parts',
    ['_parent_parent_id', '_parent_ordinal', '_ordinal'],
    [column('part', 'text'), column('supplier_id', 'uuid', { pointer: '/supplierId' })],
  )
  const middle = table('orders_lines', ['_parent_id', '_ordinal'], [column('sku', 'text')], {
    children: [child('/parts', lines)],
  })
  const suppliers = table('suppliers', ['id'], [column('id', 'uuid'), column('name', 'text')])
  const orders = table('orders', ['id'], [column('id', 'bigint')], { children: [child('/lines', middle)] })
  const log = table('log', ['_position'], [], {
    children: [child('/entries', table('log_entries', ['_parent_position', '_ordinal'], [column('at', 'date')]))],
  })
  return plan(
    'shop',
    'shop',
    [
      { name: 'orders', kind: 'list', table: orders },
      { name: 'suppliers', kind: 'list', table: suppliers },
      { name: 'log', kind: 'list', table: log },
    ],
    [reference(['orders_lines_parts', 'supplier_id'], ['suppliers', 'id'], { enabled: true })],
  )
}
