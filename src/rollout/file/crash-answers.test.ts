import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import { MercilessDisk } from '../../../test/helpers/power-cut.ts'
import { keyOf } from '../key.ts'
import { AnswerLog } from './answer-log.ts'
import { type Disk, disk as realDisk } from './disk.ts'
import { FileSide } from './side.ts'
import { FileStore } from './store.ts'

let folder: string
let path: string

beforeEach(anew)
afterEach(() => rm(folder, { recursive: true }))

async function anew(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-answers-'))
  path = join(folder, 'store.json')
  await writeFile(path, JSON.stringify(emptyDocument, null, 2))
}

const logPath = (): string => join(`${path}.outgrow`, 'answers.log')

interface Opened {
  log: AnswerLog
  side: FileSide
  close(): Promise<void>
}

async function open(disk: Disk = realDisk): Promise<Opened> {
  const log = await AnswerLog.open(logPath(), { disk, compactAt: 700 })
  const store = await FileStore.open({ path, plan: sidePlan, disk, answers: log })
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
  const close = async (): Promise<void> => {
    await side.close()
    await log.close()
  }
  return { log, side, close }
}

/** Votes for an idea, under its own idempotency key unless it has none; answers how many votes it has then. */
function vote(side: FileSide, id: string, idempotencyKey: string | undefined = id): Promise<number> {
  return side.transaction({ epoch: 1, as: 'authority', ...(idempotencyKey && { idempotencyKey }) }, async (tx) => {
    const votes = (((await tx.get('ideas', keyOf(id)))?.votes as number | undefined) ?? 0) + 1
    await tx.put('ideas', keyOf(id), { id, votes })
    return votes
  })
}

const KEYED = ['a', 'b', 'd', 'e', 'g']

/** Keyed writes alone, after each other, before and after one without a key, and together; ends when the disk is gone. */
async function work({ side }: Opened, acknowledged: string[]): Promise<void> {
  const one = async (id: string, key?: string): Promise<void> => {
    await vote(side, id, key)
    acknowledged.push(id)
  }
  for (const id of ['a', 'b']) await one(id)
  await one('c', '')
  await Promise.allSettled([one('d'), one('e'), one('f', '')])
  await side.transaction({ epoch: 1, as: 'authority', idempotencyKey: 'nothing' }, async () => 'nothing')
  acknowledged.push('nothing')
  await one('g')
}

async function ideasOnDisk(): Promise<Record<string, number>> {
  const { ideas } = JSON.parse(await readFile(path, 'utf8')) as { ideas: { id: string; votes: number }[] }
  return Object.fromEntries(ideas.map(({ id, votes }) => [id, votes]))
}

/** The file and the log agree about every write, and a retry of all leaves one vote each. */
async function expectOnce(acknowledged: string[], where: string): Promise<void> {
  const before = await ideasOnDisk()
  const opened = await open()
  expect(opened.log.damaged, where).toBe(false)
  expect([...opened.log.doubtful()], where).toEqual([])
  const answered = [...opened.log.all()].map(({ key }) => key)
  expect(answered.filter((key) => key !== 'nothing').sort(), where).toEqual(KEYED.filter((id) => id in before))
  expect([...answered, ...Object.keys(before)], where).toEqual(expect.arrayContaining(acknowledged))
  for (const id of KEYED) expect(await vote(opened.side, id), `${id}, ${where}`).toBe(1)
  await opened.close()
  expect(await ideasOnDisk(), where).toMatchObject(Object.fromEntries(KEYED.map((id) => [id, 1])))
}

async function cutPower(
  cutAt: number,
  acknowledged: string[],
  end: 'comeBack' | 'leave' = 'comeBack',
): Promise<MercilessDisk> {
  const disk = new MercilessDisk(cutAt)
  await disk.knows(path)
  const opened = await open(disk).catch(() => undefined)
  if (opened !== undefined) await work(opened, acknowledged).catch(() => {})
  if (cutAt === Number.POSITIVE_INFINITY) await opened?.close()
  await disk[end]()
  return disk
}

test.each([
  ['the power is cut', 'comeBack'],
  ['the process is killed', 'leave'],
] as const)(
  'whenever %s, a write and its answer are both there or both not, and a retry makes it one',
  async (_, end) => {
    const { steps } = await cutPower(Number.POSITIVE_INFINITY, [])
    // Six of the store's file, the others of the log.
    expect(steps.filter((step) => step === 'rename').length).toBeGreaterThan(6)
    for (let cutAt = 0; cutAt <= steps.length; cutAt++) {
      await rm(folder, { recursive: true })
      await anew()
      const acknowledged: string[] = []
      await cutPower(cutAt, acknowledged, end)
      await expectOnce(acknowledged, `cut before step ${cutAt} of ${steps}`)
    }
  },
)

/** The numbers of the steps that are renames; there are five at least. */
function renamesIn(steps: string[]): [number, number, number, number, number] {
  const [a, b, c, d, e] = steps.flatMap((step, at) => (step === 'rename' ? [at] : []))
  if (a === undefined || b === undefined || c === undefined || d === undefined || e === undefined)
    throw new Error(`too few renames in ${steps}`)
  return [a, b, c, d, e]
}

test('cut again while the store opens and goes on, it is the same', async () => {
  const { steps } = await cutPower(Number.POSITIVE_INFINITY, [])
  const renames = renamesIn(steps)
  for (const cutAt of [renames[0], renames[0] + 2, renames[4]]) {
    for (let again = 5; again < 22; again++) {
      await rm(folder, { recursive: true })
      await anew()
      const acknowledged: string[] = []
      await cutPower(cutAt, acknowledged)
      const disk = new MercilessDisk(again)
      await disk.knows(path)
      const opened = await open(disk).catch(() => undefined)
      // Without a key first: what was announced before the cut must be settled before this replaces the file.
      if (opened !== undefined)
        await vote(opened.side, 'z', '')
          .then(() => vote(opened.side, 'd'))
          .catch(() => {})
      await disk.comeBack()
      await expectOnce(acknowledged, `cut before step ${cutAt}, then ${again}, of ${steps}`)
    }
  }
})

test('when the file was replaced by somebody else after the power was cut, a retry of the last write is refused', async () => {
  const { steps } = await cutPower(Number.POSITIVE_INFINITY, [])
  const renames = renamesIn(steps)
  for (const cutAt of [renames[0], renames[0] + 2]) {
    await rm(folder, { recursive: true })
    await anew()
    await cutPower(cutAt, [])
    const theirs = { ...emptyDocument, ideas: [{ id: 'theirs', votes: 1 }] }
    await writeFile(`${path}.theirs`, JSON.stringify(theirs))
    await rename(`${path}.theirs`, path)
    for (let times = 0; times < 2; times++) {
      const { side, log, close } = await open()
      expect([...log.doubtful()]).toEqual(['a'])
      expect([...log.all()].map(({ key }) => key)).toEqual(['b'].slice(0, times))
      await expect(vote(side, 'a')).rejects.toMatchObject({ code: 'refused', place: 'a' })
      expect(await vote(side, 'b')).toBe(1)
      await close()
    }
    expect(await ideasOnDisk()).toEqual({ theirs: 1, b: 1 })
  }
})
