import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'

test('without anything said it is plain LowDB on port 3200', () => {
  expect(readSettings({})).toMatchObject({ port: 3200, strategy: 'lowdb', file: undefined, database: undefined })
  expect(readSettings({ PORT: ' 80 ', DB_PATH: 'a.json', LIBRARY_DB_STRATEGY: 'staged' })).toMatchObject({
    port: 80,
    strategy: 'staged',
    file: 'a.json',
  })
})

test('thresholds of the gates and a failpoint are read', () => {
  const read = readSettings({ STAGE_GATES: '{"calm": 0, "soak": 60}', OUTGROW_FAILPOINT: 'push-before:3' })
  expect(read).toMatchObject({ gates: { calm: 0, soak: 60 }, failpoint: { name: 'push-before', time: 3 } })
  expect(readSettings({ OUTGROW_FAILPOINT: 'push-before' }).failpoint).toEqual({ name: 'push-before', time: 1 })
  expect(readSettings({})).toMatchObject({ gates: {}, failpoint: undefined })
})

test.each([
  [{ STAGE_GATES: '{"calmness": 0}' }, /STAGE_GATES.*calmness/],
  [{ STAGE_GATES: '{"calm": "0"}' }, /STAGE_GATES.*calm/],
  [{ STAGE_GATES: '{' }, /STAGE_GATES/],
  [{ OUTGROW_FAILPOINT: 'push before' }, /OUTGROW_FAILPOINT/],
  [{ OUTGROW_FAILPOINT: 'push-before:0' }, /OUTGROW_FAILPOINT/],
  [{ LIBRARY_DB_STRATEGY: 'mongo' }, /lowdb, staged, postgres/],
  [{ LIBRARY_DB_STRATEGY: 'LowDB' }, /lowdb, staged, postgres/],
  [{ LIBRARY_DB_STRATEGY: 'postgres' }, /OUTGROW_DATABASE_URL/],
  [{ PORT: '70000' }, /PORT/],
  [{ PORT: '1e3' }, /PORT/],
  [{ RATE_LIMIT_PER_MINUTE: '0' }, /RATE_LIMIT_PER_MINUTE/],
  [{ STAGE_GATES: 'soak=1' }, /STAGE_GATES/],
  [{ STAGE_GATES: '[1]' }, /STAGE_GATES/],
  [{ STAGE_GATES: '{"soak": "1"}' }, /STAGE_GATES/],
])('%o is refused', (env, message) => {
  expect(() => readSettings(env)).toThrow(message)
})

test('thresholds of gates come as JSON; without any the defaults hold', () => {
  expect(readSettings({}).gates).toEqual({})
  expect(readSettings({ STAGE_GATES: '{"soak": 1.5, "calm": 0}' }).gates).toEqual({ soak: 1.5, calm: 0 })
})
