import { afterAll, beforeAll, expect, test } from 'vitest'
import { noise } from '../helpers/noise.ts'
import { type Lab, notesOf, openLab, roundTrip } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

test('orphans are listed with their places, and nothing is enforced', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"users":[{"id":1},{"id":2}],"posts":[{"id":1,"userId":1},{"id":2,"userId":99},{"id":3,"userId":2},{"id":4,"userId":null},{"id":5}]}',
  )
  expect(plan.references).toEqual([
    {
      table: 'posts',
      column: 'user_id',
      to_table: 'users',
      to_column: 'id',
      cardinality: 'one',
      match: 'exact',
      enabled: false,
      evidence: { values: 3, contained: 2, ratio: 2 / 3, orphans: ['/posts/1: 99'] },
    },
  ])
})

test('a number against numeric text is a canonical match, and said', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"users":[{"id":"1"},{"id":"2"}],"posts":[{"id":1,"user_id":1},{"id":2,"user_id":2}]}',
  )
  expect(plan.references).toMatchObject([{ match: 'canonical', evidence: { contained: 2, orphans: [] } }])
})

test('cycles and self references', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"a":[{"id":1,"bId":1}],"b":[{"id":1,"cId":1}],"c":[{"id":1,"aId":1}],"nodes":[{"id":1,"nodeId":2},{"id":2,"nodeId":1}]}',
  )
  expect(plan.references).toHaveLength(4)
  const circles = plan.notes.filter((note) => note.id === 'reference-cycle').map((note) => note.message)
  expect(circles).toEqual(
    expect.arrayContaining([expect.stringContaining('a → b → c → a'), expect.stringContaining('nodes → nodes')]),
  )
})

test('a polymorphic pair is told, and is no foreign key', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"users":[{"id":1}],"teams":[{"id":7}],"files":[{"id":1,"ownerType":"user","ownerId":1},{"id":2,"ownerType":"team","ownerId":7}],"x":[{"owner_type":"user","owner_id":1}]}',
  )
  expect(notesOf(plan)).toEqual(
    expect.arrayContaining(['polymorphic-reference /files/ownerId', 'polymorphic-reference /x/owner_id']),
  )
  expect(plan.references.every((reference) => !reference.enabled)).toBe(true)
})

test('lists of ids, with duplicates, keep order and duplicates', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"tags":[{"id":1},{"id":2}],"posts":[{"id":1,"tagIds":[2,1,2,2]},{"id":2,"tagIds":[]},{"id":3,"tagIds":[9]}]}',
  )
  expect(plan.references).toMatchObject([
    { column: 'tag_ids', cardinality: 'many', evidence: { values: 5, contained: 4, orphans: ['/posts/2: 9'] } },
  ])
})

test('references inside objects and inside lists: author.id, lines[].productId', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"authors":[{"id":1}],"products":[{"id":"p"}],"orders":[{"id":1,"author":{"id":1},"lines":[{"productId":"p","n":1},{"productId":"q","n":2}]}]}',
  )
  expect(plan.references).toMatchObject([
    { table: 'orders', column: 'author_id', to_table: 'authors' },
    { table: 'orders_lines', column: 'product_id', to_table: 'products', evidence: { orphans: ['/orders/0: q'] } },
  ])
})

test('a reference too long for an index, as one value, in a list and in jsonb', async () => {
  const long = noise(6_000)
  await roundTrip(
    lab,
    JSON.stringify({
      users: [{ id: 'a' }],
      posts: [
        { id: 1, userId: long, userIds: [long, 'a'] },
        { id: 2, userId: 'a', userIds: [] },
      ],
      notes: [
        { id: 1, userId: ['a', long] },
        { id: 2, userId: 'a' },
        { id: 3, userId: { deep: long } },
      ],
    }),
  )
})

test('a name that refers to a singleton, or to nothing', async () => {
  const { plan } = await roundTrip(lab, '{"user":{"id":1},"posts":[{"id":1,"userId":1,"ghostId":"x"}]}')
  expect(plan.references).toEqual([])
})
