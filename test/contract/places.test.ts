import { afterAll, beforeAll, expect, test } from 'vitest'
import { verify } from '../../src/verbs/verify.ts'
import { exportedText, type Lab, type Moved, moved, openLab, verified } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

/** Moves a document, runs one statement on its tables (`$` is the schema), and gives what verify then lists. */
async function changed(text: string, sql: string): Promise<{ trip: Moved; listed: string[] }> {
  const trip = await moved(lab, text)
  await lab.query(sql.replaceAll('$', `"${trip.plan.schema}"`))
  const report = await verified(lab, trip)
  return { trip, listed: report.mismatches.map(({ pointer, kind }) => `${kind} ${pointer}`) }
}

test.each([
  [
    'a singleton',
    '{"settings":{"theme":"dark","o":{"x":1}}}',
    `update $.settings set theme = 'light'`,
    ['value /settings/theme'],
  ],
  [
    'a value',
    '{"version":3,"tags":["a","b"]}',
    `update $.store_values set value = '4' where name = 'version'`,
    ['value /version'],
  ],
  ['a list that is a value', '{"tags":["a","b"]}', `update $.store_values set value = '["a","c"]'`, ['value /tags/1']],
  ['a value gone', '{"version":3,"x":1}', `delete from $.store_values where name = 'version'`, ['missing /version']],
  ['a singleton gone', '{"settings":{"theme":"dark"}}', 'delete from $.settings', ['missing /settings']],
  ['a keyed record', '{"m":{"k1":{"v":1},"k2":{"v":2}}}', `update $.m set v = 3 where key = 'k2'`, ['value /m/k2/v']],
  ['a keyed record gone', '{"m":{"k1":{"v":1},"k2":{"v":2}}}', `delete from $.m where key = 'k1'`, ['missing /m/k1']],
  [
    'a record of a top-level list',
    '[{"id":5,"v":1},{"id":6,"v":2}]',
    'update $.records set v = 3 where id = 6',
    ['value /1/v'],
  ],
  [
    'a member in a list',
    '{"a":[{"id":1,"l":[{"x":1},{"x":2}]}]}',
    'update $.a_l set x = 3 where _ordinal = 2',
    ['value /a/0/l/1/x'],
  ],
  [
    'one of many equal records',
    '[{"v":1},{"v":1},{"v":1},{"v":1}]',
    'update $.records set v = 2 where _position = 2',
    ['value /1/v'],
  ],
  ['the first of many gone', '[{"v":0},{"v":1},{"v":1},{"v":1}]', 'delete from $.records where v = 0', ['missing /0']],
])('%s', async (_name, text, sql, wanted) => {
  const { trip, listed } = await changed(text, sql)
  expect(listed).toEqual(wanted)
  await trip.undo()
})

test('members of a keyed collection have no order: another order of the same is equal', async () => {
  const trip = await moved(lab, '{"m":{"k1":{"v":1},"k2":{"v":2},"k3":{"v":3}}}')
  const other = await lab.file('{"m":{"k3":{"v":3},"k1":{"v":1},"k2":{"v":2}}}')
  expect(await verify(lab.context, trip.name, other, { duplicateKeys: 'refuse' })).toMatchObject({ equal: true })
  await trip.undo()
})

test('a list in another order is a difference', async () => {
  const trip = await moved(lab, '{"m":[{"id":1},{"id":2},{"id":3}]}')
  const other = await lab.file('{"m":[{"id":3},{"id":1},{"id":2}]}')
  const report = await verify(lab.context, trip.name, other, { duplicateKeys: 'refuse' })
  expect(report).toMatchObject({ equal: false, mismatches: [{ kind: 'order' }] })
  await trip.undo()
})

test.each([
  [
    'a text over one with U+0000',
    String.raw`[{"id":1,"s":"a\u0000"},{"id":2,"s":"x"}]`,
    `update $.records set s = 'new' where id = 1`,
    '"s": "new"',
  ],
  [
    'a value over a missing member',
    '[{"id":1,"s":null},{"id":2,"s":null},{"id":3,"s":"x"},{"id":4}]',
    `update $.records set s = 'new' where id = 4`,
    '"s": "new"',
  ],
  [
    'rows over a list that is no list',
    '[{"id":1,"l":[{"x":1}]},{"id":2,"l":null}]',
    'insert into $.records_l (_parent_id, _ordinal, x) values (2, 1, 77)',
    '"x": 77',
  ],
  [
    'a column over a record that is no object',
    '[{"v":1},{"v":2},"loose"]',
    'update $.records set v = 77 where _position = 3',
    '"v": 77',
  ],
])('what is written to a column after the move outranks the aside: %s', async (_name, text, sql, written) => {
  const { trip, listed } = await changed(text, sql)
  expect(listed).toHaveLength(1)
  expect((await exportedText(lab, trip.name)).toString()).toContain(written)
  await trip.undo()
})
