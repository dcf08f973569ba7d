import fc from 'fast-check'
import type { Condition, Json, JsonRecord, Query, Scalar } from '../../src/rollout/side.ts'

const words = fc.constantFrom(
  'Ação',
  'ação',
  'Straße',
  'ΟΔΟΣ',
  'İz',
  '😀 x',
  '\uffff',
  'b_%',
  'a\\b',
  '.*',
  '',
  'Z',
  'a',
)
const instants = fc.constantFrom('2024-02-29T12:34:56.789Z', '2023-12-31T23:59:59.000Z', '2024-03-01', 'soon')

/** An optional member: often missing, at times null, at times of another type. */
const member = (usual: fc.Arbitrary<Json>): fc.Arbitrary<Json | undefined> =>
  fc.oneof(
    { weight: 8, arbitrary: usual },
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<Json>(7, 'odd', true, [], ['a'], {}, { name: 'a' }) },
  )

const idea: fc.Arbitrary<Record<string, Json | undefined>> = fc.record({
  title: member(words),
  status: member(fc.constantFrom('new', 'review', 'New')),
  votes: member(fc.integer({ min: -3, max: 12 })),
  score: member(fc.constantFrom(0.5, 1, 1e21, -2.25)),
  open: member(fc.boolean()),
  tags: member(fc.array(words, { maxLength: 3 })),
  author: member(fc.record({ name: words })),
  meta: member(fc.record({ level: fc.oneof(fc.nat(3), words, fc.array(fc.nat(3), { maxLength: 2 })) })),
  createdAt: member(instants),
  day: member(fc.constantFrom('2024-02-29', '2023-01-01')),
  other: member(fc.oneof(words, fc.nat(3), fc.array(fc.nat(3), { maxLength: 2 }))),
})

const MEMBERS = [
  ...[
    'id',
    'title',
    'status',
    'votes',
    'score',
    'open',
    'tags',
    'createdAt',
    'day',
    'other',
    '/title',
    'author',
    'meta',
  ],
  ...['/author/name', '/meta/level', '/meta/level/0', '/tags/0', '/other', 'missing', '/comments', '/author/name/x'],
]
const names = fc.constantFrom(...MEMBERS)

const scalars: fc.Arbitrary<Scalar> = fc.oneof(
  words,
  fc.constantFrom('new', 'review', '2024-02-29', '2024', '2024-02-29T12:34:56.789Z', '7'),
  fc.constantFrom(-1, 0, 1, 2, 7, 0.5, 1.5, 1e21, 1e300),
  fc.constantFrom(true, false, null),
)

const conditions: fc.Arbitrary<Scalar | Condition> = fc.oneof(
  scalars,
  fc.record(
    {
      in: fc.array(scalars, { maxLength: 3 }),
      not: scalars,
      has: scalars,
      gt: scalars,
      gte: scalars,
      lt: scalars,
      lte: scalars,
    },
    { requiredKeys: [] },
  ),
  fc
    .constantFrom('in', 'not', 'has', 'gt', 'gte', 'lt', 'lte')
    .chain((operator) => scalars.map((scalar) => ({ [operator]: operator === 'in' ? [scalar] : scalar }) as Condition)),
)

const query: fc.Arbitrary<Query> = fc.record(
  {
    where: fc.dictionary(names, conditions, { maxKeys: 2 }),
    search: fc.record({
      text: fc.oneof(words, fc.constantFrom('AÇ', 'σ', 'ς', 'ss', 'ẞ', 'I', '_', '%', '\\', '(')),
      in: fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
    }),
    order: fc.array(fc.record({ by: names, descending: fc.boolean() }), { maxLength: 2 }),
    limit: fc.nat(12),
    offset: fc.nat(12),
  },
  { requiredKeys: [] },
)

/** A seed of its own for the two, so that a difference found can be found again. */
const SEED = 20240229

/** Ideas of many kinds, under keys whose order by code point is not their order by code unit or by number. */
export function someIdeas(): JsonRecord[] {
  const ids = [
    '10',
    '9',
    'a',
    'B',
    'é',
    'É',
    '\uffff',
    '😀',
    '',
    ' ',
    ...Array.from({ length: 50 }, (_, at) => `k${at}`),
  ]
  return fc.sample(idea, { numRuns: ids.length, seed: SEED }).map((members, at) => {
    const present = Object.entries(members).filter(([, value]) => value !== undefined)
    return { id: ids[at] as string, ...(Object.fromEntries(present) as JsonRecord) }
  })
}

/** Queries of all kinds: each condition, search and order on each kind of column. */
export function queries(): Query[] {
  const each = MEMBERS.flatMap((name): Query[] => [
    { order: [{ by: name }] },
    { order: [{ by: name, descending: true }], limit: 7, offset: 3 },
    { where: { [name]: null } },
    { where: { [name]: { not: null } } },
    { search: { text: 'a', in: [name] } },
  ])
  return [...each, ...fc.sample(query, { numRuns: 200, seed: SEED })]
}
