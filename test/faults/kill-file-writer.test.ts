import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DirtyLog } from '../../src/rollout/file/dirty-log.ts'
import { askOwner, becomeOwner, ownerOf } from '../../src/rollout/file/owner.ts'
import { FileStore } from '../../src/rollout/file/store.ts'
import { emptyDocument, sidePlan } from '../contract/side-plan.ts'
import { type Child, startChild } from '../helpers/child.ts'

const answering = new URL('./answering-writer.ts', import.meta.url)
const writer = new URL('./file-writer.ts', import.meta.url)
let folder: string
let path: string
let children: Child[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-kill-'))
  path = join(folder, 'store.json')
  await writeFile(path, JSON.stringify(emptyDocument, null, 2))
  children = []
})

afterEach(async () => {
  for (const child of children) await child.kill()
  await rm(folder, { recursive: true })
})

function start(): Child {
  const child = startChild(writer, path)
  children.push(child)
  return child
}

test('killed at any moment: what was acknowledged is in the file, whole transactions only, and dirty', async () => {
  let reached = 0
  for (let round = 0; round < 6; round++) {
    const child = start()
    expect(await child.line()).toBe('owner')
    const until = reached + 1 + ((round * 37) % 60)
    while (Number(await child.line()) < until);
    const acknowledged = Number((await child.kill()).filter((line) => /^\d+$/.test(line)).at(-1) ?? until)
    const found = JSON.parse(await readFile(path, 'utf8')) as { ideas: { id: string; votes: number }[] }
    const votes = Object.fromEntries(found.ideas.map((idea) => [idea.id, idea.votes]))
    reached = votes.a as number
    expect(reached).toBeGreaterThanOrEqual(acknowledged)
    expect(reached).toBeLessThanOrEqual(acknowledged + 1)
    expect(votes[`n${reached % 50}`]).toBe(reached)
    const log = await DirtyLog.open(join(`${path}.outgrow`, 'dirty.log'))
    expect(log.damaged).toBe(false)
    const dirty = log.pending(100).map(({ key }) => JSON.parse(key) as string)
    expect(dirty).toEqual(expect.arrayContaining(Object.keys(votes)))
    await log.close()
  }
  const store = await FileStore.open({ path, plan: sidePlan })
  await store.close()
  expect((await readdir(folder)).sort()).toEqual(['store.json', 'store.json.outgrow'])
})

test('killed at any moment, a write that is sent again under its key takes effect once', async () => {
  let from = 1
  for (let round = 0; round < 5; round++) {
    const child = startChild(answering, path, `${from}`)
    children.push(child)
    const told: string[] = []
    while (told.length < 1 + ((round * 37) % 60)) told.push((await child.line()) ?? '')
    told.push(...(await child.kill()))
    // The n-th turn finds n votes, however often it was sent before.
    expect(told).toEqual(told.map((_, at) => `${from + at} ${from + at} 0 false`))
    // What was told last is sent again, or else what came after it and may have happened.
    from += told.length - (round % 2)
  }
})

test('a second process is refused with the name of the first, and takes over when that is killed', async () => {
  const first = start()
  expect(await first.line()).toBe('owner')
  const second = start()
  const told = JSON.parse((await second.line()) ?? '') as { code: string; message: string }
  expect(told.code).toBe('locked')
  expect(told.message).toContain(`process ${first.process.pid} on host ${hostname()}`)
  expect(await ownerOf(path)).toMatchObject({ pid: first.process.pid, host: hostname() })
  await first.kill()
  const owner = await becomeOwner(path)
  expect(owner.pid).toBe(process.pid)
  await owner.release()
  expect(await ownerOf(path)).toBeUndefined()
})

test('an owner that is stopped keeps its store, and is named all the same', async () => {
  const first = start()
  expect(await first.line()).toBe('owner')
  while ((await first.line()) !== '3');
  first.process.kill('SIGSTOP')
  await expect(becomeOwner(path)).rejects.toThrow(`process ${first.process.pid} on host ${hostname()}`)
  first.process.kill('SIGCONT')
  expect(await askOwner(path, 'echo', [1], 5000)).toEqual({ ask: 'echo', body: [1] })
})
