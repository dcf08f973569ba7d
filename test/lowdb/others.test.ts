import { Low } from 'lowdb'
import { afterEach, describe, expect, test } from 'vitest'
import { adapterOn, type LowdbAdapter } from '../../src/rollout/lowdb/open.ts'
import type { Staged } from '../../src/rollout/open.ts'
import type { Stage } from '../../src/rollout/postgres/stage.ts'
import { postgresOf } from '../../src/rollout/store/authority.ts'
import { emptyDocument } from '../contract/side-plan.ts'
import { proxyTo, type TcpProxy } from '../helpers/proxy.ts'
import { goTo, openStagedLab, type StagedLab } from '../helpers/staged.ts'

interface Idea {
  id: string
  votes?: number
}

interface Data {
  ideas: Idea[]
  nextId?: number
}

const start = { ...emptyDocument, ideas: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], nextId: 4 }

let lab: StagedLab
let staged: Staged
let adapter: LowdbAdapter<Data>
let proxy: TcpProxy | undefined

afterEach(async () => {
  await adapter.close()
  await proxy?.close()
  proxy = undefined
  await lab.close()
})

async function begin(stage: Stage, through = false): Promise<Low<Data>> {
  lab = await openStagedLab(start)
  if (through) proxy = await proxyTo(lab.lab.context.url)
  staged = await lab.open(proxy === undefined ? {} : { database: proxy.url })
  adapter = await adapterOn<Data>(staged)
  await goTo(staged, stage)
  const db = new Low<Data>(adapter, emptyDocument)
  await db.read()
  return db
}

const others = () => staged.store.collection<Idea>('ideas')
const ids = (ideas: Iterable<Idea> = []): string => [...ideas].map(({ id }) => id).join('')

/** The ideas on each side, in their order, once the mirror has what is dirty. */
async function sides(): Promise<[string, string]> {
  await staged.settle()
  const { file, postgres } = staged.scene.parts
  const [ours, theirs] = [await file?.side.contents(), await postgres?.contents()]
  return [ours, theirs].map((contents) => ids(contents?.get('ideas')?.values() as Iterable<Idea>)) as [string, string]
}

describe('Beside an application on LowDB, while PostgreSQL is the authority,', () => {
  test('what others wrote stays as it is until the application reads it', async () => {
    const db = await begin('live')
    await others().insert({ id: 'z', votes: 1 })
    await others().update('b', (idea) => ({ ...idea, votes: 7 }))
    await others().remove('c')
    db.data.ideas.unshift({ id: 'x' })
    Object.assign(db.data.ideas[1] as Idea, { votes: 2 })
    await db.write()
    expect(await others().find()).toEqual([
      { id: 'a', votes: 2 },
      { id: 'b', votes: 7 },
      { id: 'x' },
      { id: 'z', votes: 1 },
    ])
    await db.read()
    expect(db.data.ideas).toEqual([{ id: 'x' }, { id: 'a', votes: 2 }, { id: 'b', votes: 7 }, { id: 'z', votes: 1 }])
    db.data.ideas.pop()
    await db.write()
    expect(await others().get('z')).toBeUndefined()
  })

  test('a new record under a key that somebody took is a conflict, and taking it back leaves theirs', async () => {
    const db = await begin('live')
    await others().insert({ id: 'z', votes: 1 })
    db.data.ideas.push({ id: 'z', votes: 2 })
    db.data.nextId = 5
    await expect(db.write()).rejects.toMatchObject({ code: 'conflict', place: 'ideas "z"' })
    await expect(db.write()).rejects.toMatchObject({ code: 'conflict' })
    expect(await staged.store.whole<number>('nextId').get()).toBe(4)
    db.data.ideas.pop()
    await db.write()
    expect(await others().get('z')).toEqual({ id: 'z', votes: 1 })
    expect(await staged.store.whole<number>('nextId').get()).toBe(5)
  })

  test('of writes that came together, only those that hold what is refused are rejected', async () => {
    const db = await begin('live')
    await others().insert({ id: 'z', votes: 1 })
    const write = (idea: Idea): Promise<void> => db.update(({ ideas }) => void ideas.push(idea))
    const outcomes = await Promise.allSettled([
      write({ id: 'm' }),
      write({ id: 'n' }),
      write({ id: 'z' }),
      write({ id: 'o' }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(ids(await others().find())).toBe('abcmnz')
  })

  test.each([
    ['is kept by the next write', false, 'abcxy'],
    ['is undone by the next write if the application took it back', true, 'abcy'],
  ])('a write whose COMMIT was carried out and never confirmed %s', async (_, takesBack, expected) => {
    const db = await begin('live', true)
    db.data.ideas.push({ id: 'x' })
    proxy?.treat('commit', 'cut-reply')
    await expect(db.write()).rejects.toMatchObject({ code: 'unavailable' })
    proxy?.treat('', 'pass')
    expect(await lab.lab.query(`select from side_contract.ideas where id = 'x'`)).toHaveLength(1)
    if (takesBack) db.data.ideas.pop()
    db.data.ideas.push({ id: 'y' })
    await expect.poll(() => db.write().then(() => 'written', String)).toBe('written')
    expect(await sides()).toEqual([expected, expected])
  })

  test('the file answers a read while PostgreSQL is away', async () => {
    const db = await begin('live', true)
    await db.update(({ ideas }) => void ideas.unshift({ id: 'x' }))
    await staged.settle()
    await proxy?.close()
    db.data = emptyDocument
    await db.read()
    expect(ids(db.data.ideas)).toBe('xabc')
    expect((await adapter.status()).fallbackReads).toBe(1)
    db.data.ideas.push({ id: 'y' })
    await expect(db.write()).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('The mirror', () => {
  test.each<Stage>(['dualwrite', 'shadow', 'live', 'rampdown'])(
    'in %s has each list in the order of the authority',
    async (stage) => {
      const db = await begin(stage)
      for (const edit of [
        () => db.data.ideas.unshift({ id: 'x' }, { id: 'y' }),
        () => db.data.ideas.reverse(),
        () => db.data.ideas.splice(0, 2, { id: 'z' }, { id: 'c' }),
        () => db.data.ideas.push(...db.data.ideas.splice(0, 1)),
      ]) {
        edit()
        await db.write()
        const expected = ids(db.data.ideas)
        expect(await sides()).toEqual([expected, expected])
      }
    },
  )

  test('is told of no more than what changed: a record put in front is that record, and the order', async () => {
    const db = await begin('dualwrite')
    const goOn = await staged.scene.parts.relay.pause()
    db.data.ideas.unshift({ id: 'x' })
    await db.write()
    const marks = staged.scene.parts.file?.log.pending(100).map(({ collection, key }) => `${collection} ${key}`)
    goOn()
    expect(marks).toEqual(['ideas "x"', 'ideas null'])
  })

  test('follows a writer that moves rows in PostgreSQL', async () => {
    await begin('live')
    const { pool } = postgresOf(staged.scene.parts)
    await pool.use(async (connection) => {
      await connection.query(`begin; set local outgrow.epoch = '${staged.scene.parts.present.epoch}'`)
      await connection.query(`update side_contract.ideas set _position = -_position`)
      await connection.query('commit')
    })
    expect(await sides()).toEqual(['cba', 'cba'])
  })

  test('gets its order from a backfill', async () => {
    const db = await begin('off')
    await db.update(({ ideas }) => void ideas.reverse())
    await goTo(staged, 'dualwrite')
    expect(await sides()).toEqual(['cba', 'cba'])
  })

  test('is compared with what the application wrote, as the gates ask', async () => {
    const db = await begin('shadow')
    const compares = async (): Promise<object> => (await adapter.status()).compares
    await db.update(({ ideas }) => void ideas.push({ id: 'x' }))
    await expect.poll(compares).toEqual({ done: 1, differences: 0, skipped: 0 })
    expect(staged.scene.parts.traffic.figures().kinds).toEqual({ get: 1, insert: 1 })
  })
})
