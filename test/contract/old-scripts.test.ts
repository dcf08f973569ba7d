import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditCheck, auditLog } from '../../src/verbs/log.ts'
import { verify } from '../../src/verbs/verify.ts'
import { fingerprint, type Lab, move, moved, openLab, roundTrip, tableOf, typesOf, verified } from '../helpers/verbs.ts'

/** What the scripts did that outgrow replaces, each as a promise that it never happens again. */
let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

test('ids "1" to "9" are nine records with nine ids, to the letter', async () => {
  const ideas = Array.from({ length: 9 }, (_, i) => ({ id: String(i + 1), title: `Idea ${i + 1}` }))
  const trip = await moved(lab, JSON.stringify({ ideas }))
  const rows = await lab.query<{ id: string }>(`select id from "${trip.plan.schema}".ideas order by _position`)
  expect(rows.map((row) => row.id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
  expect(JSON.parse(trip.exported.toString())).toEqual({ ideas })
  await trip.undo()
})

test('two records with one id are two records: neither is dropped as a conflict', async () => {
  const trip = await roundTrip(lab, '{"ideas":[{"id":"1","title":"a"},{"id":"1","title":"b"}]}')
  expect(trip.report.collections).toMatchObject([{ records: 2, rows: 2 }])
})

test('{"ideas":[…]} is read: as many records as it has', async () => {
  const { report } = await roundTrip(lab, '{"ideas":[{"id":"1"},{"id":"2"},{"id":"3"}]}')
  expect(report).toMatchObject({ status: 'committed', verification: { records: 3, mismatches: 0 } })
  expect(report.collections).toMatchObject([{ name: 'ideas', records: 3, rows: 3 }])
})

test('a category, priority or status that nobody foresaw is kept', async () => {
  const values = ['feature', 'feature', 'FEATURE', 'moonshot', '', ' bug', 'été', 'null']
  const ideas = values.map((value, i) => ({ id: i, category: value, priority: value, status: value }))
  const trip = await roundTrip(lab, JSON.stringify({ ideas }))
  expect(typesOf(trip.plan, 'ideas')).toMatchObject({ category: 'text', priority: 'text', status: 'text' })
  expect(tableOf(trip.plan, 'ideas').proposals.every((proposal) => !proposal.enabled)).toBe(true)
  expect(JSON.parse(trip.exported.toString())).toEqual({ ideas })
})

test('bad, missing and null dates are kept as they are, and no clock is asked', async () => {
  const year = String(new Date().getUTCFullYear())
  const dates = ['"yesterday"', '"2023-02-30T00:00:00Z"', 'null', '""', '0', '"0000-00-00"']
  const text = `{"ideas":[${dates.map((date, i) => `{"id":${i},"createdAt":${date}}`).join(',')},{"id":99}]}`
  const trip = await moved(lab, text)
  expect(JSON.parse(trip.exported.toString())).toEqual(JSON.parse(text))
  expect(trip.exported.toString()).not.toContain(year)
  const rows = await lab.query(`select * from "${trip.plan.schema}".ideas`)
  expect(JSON.stringify(rows)).not.toContain(year)
  await trip.undo()
})

test('tags and metadata are kept, whatever is in them', async () => {
  const ideas = [
    { id: '1', tags: ['b', 'a', 'a'], metadata: { source: 'web', votes: { up: 3, by: ['x', null] }, n: null } },
    { id: '2', tags: [], metadata: {} },
    { id: '3', tags: 'none', metadata: 'none' },
    { id: '4' },
  ]
  const trip = await roundTrip(lab, JSON.stringify({ ideas }))
  expect(JSON.parse(trip.exported.toString())).toEqual({ ideas })
})

describe('verification compares values, not counts', () => {
  const text = JSON.stringify({
    ideas: Array.from({ length: 50 }, (_, i) => ({ id: `${i}`, title: `Idea ${i}`, votes: i })),
  })

  test.each([
    ['one value changed', `update $.ideas set votes = 8 where id = '7'`, ['/ideas/7/votes'], ['value']],
    ['one value made NULL', `update $.ideas set title = null where id = '7'`, ['/ideas/7/title'], ['missing']],
    ['one character changed', `update $.ideas set title = 'idea 7' where id = '7'`, ['/ideas/7/title'], ['value']],
    ['a member too many', `update $.ideas set _aside = '{"set":{"/x":1}}' where id = '7'`, ['/ideas/7/x'], ['extra']],
    ['a record gone', `delete from $.ideas where id = '7'`, ['/ideas/7'], ['missing']],
    ['a record too many', `insert into $.ideas (id, title, votes) values ('50', 'x', 1)`, ['/ideas/50'], ['extra']],
    ['an id changed', `update $.ideas set id = 'x' where id = '7'`, ['/ideas/7', '/ideas/7/id'], ['missing', 'value']],
    [
      'one gone and another in, so that the count is right',
      `delete from $.ideas where id = '7'; insert into $.ideas (id, title, votes) values ('50', 'x', 1)`,
      ['/ideas/7', '/ideas/49'],
      ['missing', 'extra'],
    ],
    [
      'two records exchanged',
      `update $.ideas set _position = 14 - _position where id in ('3', '9')`,
      ['/ideas/4', '/ideas/9', '/ideas/3'],
      ['order'],
    ],
  ])('%s', async (_name, sql, pointers, kinds) => {
    const trip = await moved(lab, text)
    const before = await verified(lab, trip)
    expect(before).toMatchObject({ equal: true, records: 50 })
    await lab.query(sql.replaceAll('$', `"${trip.plan.schema}"`))
    const report = await verified(lab, trip)
    expect(report.equal).toBe(false)
    expect(report.differences).toBeGreaterThanOrEqual(1)
    expect(pointers).toContain(report.mismatches[0]?.pointer)
    expect(kinds).toContain(report.mismatches[0]?.kind)
    await trip.undo()
  })

  test('a changed value is found again by migrate, which does not call it unchanged', async () => {
    const trip = await moved(lab, text)
    await lab.query(`update "${trip.plan.schema}".ideas set votes = 8 where id = '7'`)
    expect(await move(lab, trip.file, { name: trip.name })).toMatchObject({ status: 'committed' })
    expect(await verified(lab, trip)).toMatchObject({ equal: true })
    expect(await move(lab, trip.file, { name: trip.name })).toMatchObject({ status: 'unchanged' })
  })
})

test('the source keeps its bytes, its name, its times and its neighbours', async () => {
  const file = await lab.file('{"ideas":[{"id":"1"}]}', 'ideas.json')
  const folder = (await readdir(dirname(file))).filter((name) => name.endsWith('ideas.json'))
  const before = await fingerprint(file)
  const report = await move(lab, file)
  await verify(lab.context, report.store, file, { duplicateKeys: 'refuse' })
  expect(await fingerprint(file)).toEqual(before)
  expect((await readdir(dirname(file))).filter((name) => name.endsWith('ideas.json'))).toEqual(folder)
  expect(folder).toContain(basename(file))
})

test('what the audit log says of a store outlives its records, its tables and its runs', async () => {
  const trip = await moved(lab, '{"ideas":[{"id":"1"}]}')
  await lab.query(`delete from "${trip.plan.schema}".ideas`)
  await trip.undo()
  const acts = await auditLog(lab.context, { store: trip.name, limit: 10 })
  expect(acts.map((entry) => [entry.act, entry.outcome])).toEqual([
    ['rollback', 'done'],
    ['migrate', 'done'],
  ])
  await expect(lab.query('delete from outgrow.audit_log')).rejects.toThrow()
  await expect(lab.query('truncate outgrow.audit_log cascade')).rejects.toThrow()
  await expect(lab.query(`update outgrow.audit_log set actor = 'nobody'`)).rejects.toThrow()
  expect(await auditCheck(lab.context)).toMatchObject({ ok: true })
})

describe('a run that fails never says that it went well', () => {
  const failing = async (name: string, act: () => Promise<unknown>): Promise<unknown> => {
    const error = await act().then(
      (report) => {
        throw new Error(`it reported ${JSON.stringify(report)}`)
      },
      (reason: unknown) => reason,
    )
    const known = await lab.query('select 1 from outgrow.run where store = $1::text', [name])
    expect(known).toEqual([])
    const [last] = await auditLog(lab.context, { store: name, limit: 1 })
    expect(last?.outcome).not.toBe('done')
    expect(await lab.query(`select 1 from pg_namespace where nspname like $1::text`, [name.replace(' ', '_')])).toEqual(
      [],
    )
    return error
  }

  test('a damaged source', async () => {
    const file = await lab.file('{"ideas":[{"id":"1"},]}')
    const name = lab.name()
    expect(await failing(name, () => move(lab, file, { name }))).toMatchObject({ code: 'source-damaged', exit: 5 })
  })

  test('a source that is not there', async () => {
    const name = lab.name()
    expect(await failing(name, () => move(lab, lab.path('nothing.json'), { name }))).toMatchObject({ exit: 5 })
  })

  test.each(['tables-created', 'loaded', 'verified', 'before-commit'])('an error at %s', async (place) => {
    const file = await lab.file('{"ideas":[{"id":"1"}]}')
    const name = lab.name()
    const context = {
      ...lab.context,
      failpoint: (reached: string) => {
        if (reached === place) throw new Error('the power went')
      },
    }
    expect(await failing(name, () => move({ ...lab, context }, file, { name }))).toMatchObject({
      message: 'the power went',
    })
    expect((await move(lab, file, { name })).status).toBe('committed')
  })

  test('a value that the database changes on its way in: differences, exit 3, the pointer, nothing kept', async () => {
    const file = await lab.file('{"ideas":[{"id":"1","title":"as written"}]}')
    const name = lab.name()
    await lab.query(`create function meddle() returns event_trigger language plpgsql as $body$ begin
      execute format('create or replace function public.shout() returns trigger language plpgsql as %L',
        'begin new.title := upper(new.title); return new; end');
      if exists (select from pg_event_trigger_ddl_commands() where object_identity like '%.ideas') then
        execute (select format('create trigger shout before insert on %s for each row execute function public.shout()', object_identity)
          from pg_event_trigger_ddl_commands() where object_identity like '%.ideas' limit 1);
      end if; end $body$`)
    await lab.query(
      `create event trigger meddle on ddl_command_end when tag in ('CREATE TABLE') execute function meddle()`,
    )
    const error = await failing(name, () => move(lab, file, { name })).finally(() =>
      lab.query('drop event trigger meddle'),
    )
    expect(error).toMatchObject({ code: 'differences', exit: 3, place: '/ideas/0/title' })
    expect(await readFile(file, 'utf8')).toContain('as written')
  })
})
