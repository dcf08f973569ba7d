import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))
const services = fileURLToPath(new URL('../services', import.meta.url))

/** Rooms from the roof down: a room imports its own files and those of lower floors. Rooms of one floor ignore each other. */
const FLOORS: string[][] = [
  ['cli'],
  ['verbs'],
  ['load', 'verify', 'backup', 'rollout'],
  ['readback', 'journal'],
  ['infer'],
  ['codec'],
  ['schema'],
  ['postgres', 'jsonstore', 'config'],
]
const GROUND = ['errors.ts', 'log.ts']

/** What the package exports: re-exports only. */
const DOORS = ['index.ts', 'store.ts', 'lowdb.ts']

/** Arrows between rooms of one floor, or upwards, that have a reason. */
const REASONED = new Map([
  ['schema → postgres', 'identifiers are quoted by one function'],
  ['infer → codec', 'what fits a column is decided by its codec'],
  ['jsonstore → schema', 'pointers and notes are spelled by the schema'],
  ['load → infer', 'hashes find repeated keys of an edited plan'],
])

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return path.endsWith('.ts') && !path.endsWith('.test.ts') ? [path] : []
  })
}

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/(?:from|import\(?)\s*'(\.[^']+)'/g)].map((match) =>
    resolve(dirname(path), match[1] as string),
  )
}

const roomOf = (path: string): string => relative(src, path).split('/')[0] as string
const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room))

test('arrows between rooms only go down', () => {
  const broken = filesBelow(src).flatMap((path) =>
    importsOf(path).flatMap((target) => {
      const [from, to] = [roomOf(path), roomOf(target)]
      if (from === to || GROUND.includes(to) || DOORS.includes(from)) return []
      if (floorOf(from) >= 0 && floorOf(from) < floorOf(to)) return []
      return REASONED.has(`${from} → ${to}`) ? [] : [`${relative(src, path)} → ${relative(src, target)}`]
    }),
  )
  expect(broken).toEqual([])
})

test('every room has its floor', () => {
  const rooms = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(rooms.map((room) => room.name).filter((room) => floorOf(room) < 0)).toEqual([])
})

test('only postgres/ knows the driver, and only the rim knows the process', () => {
  const broken = filesBelow(src).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const room = roomOf(path)
    const found: string[] = []
    if (room !== 'postgres' && /from '(pg|pg-copy-streams)'/.test(text)) found.push(`${relative(src, path)} imports pg`)
    if (!['config', 'cli'].includes(room) && /\bprocess\.(env|exit|argv|stdout|stderr)\b|\bconsole\./.test(text))
      found.push(`${relative(src, path)} uses the process or the console`)
    return found
  })
  expect(broken).toEqual([])
})

test('importing a file does nothing: no file of src awaits at its top level but the command itself', () => {
  const broken = filesBelow(src).filter((path) => /^(await|for await) /m.test(readFileSync(path, 'utf8')))
  expect(broken.map((path) => relative(src, path)).filter((path) => path !== 'cli/main.ts')).toEqual([])
})

test('no file is longer than 250 lines, and none is named for nothing', () => {
  const long = filesBelow(src).filter((path) => readFileSync(path, 'utf8').split('\n').length > 251)
  const vague = filesBelow(src).filter((path) =>
    /(^|\/)(utils?|helpers?|common|misc|shared|manager|types)\b/.test(relative(src, path)),
  )
  expect(long.map((path) => relative(src, path))).toEqual([])
  expect(vague.map((path) => relative(src, path)).filter((path) => path !== 'postgres/types.ts')).toEqual([])
})

/** Rooms that the services share: what all of them do on the web and on PostgreSQL, what a strategy is, what an idea is. */
const SHARED = ['web', 'postgres', 'strategies', 'ideas']

/** What customers of outgrow may import of it. */
const FOR_CUSTOMERS = ['outgrow', 'outgrow/store', 'outgrow/lowdb']

function packagesOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/(?:from|import\(?)\s*'([^.'][^']*)'/g)].map((match) => match[1] as string)
}

test('services are customers: of ours they import outgrow by its name, the rooms they share, and nothing else', () => {
  const broken = filesBelow(services).flatMap((path) => {
    const from = relative(services, path)
    const own = from.split('/')[0] as string
    const foreign = importsOf(path)
      .map((target) => relative(services, target))
      .filter((target) => ![own, ...SHARED].includes(target.split('/')[0] as string))
    const deep = packagesOf(path).filter((name) => /^outgrow(\/|$)/.test(name) && !FOR_CUSTOMERS.includes(name))
    return [...foreign, ...deep].map((target) => `${from} → ${target}`)
  })
  expect(broken).toEqual([])
})

test('outgrow knows none of its customers, nor itself by name', () => {
  const broken = filesBelow(src).flatMap((path) => {
    const outside = importsOf(path).filter((target) => relative(src, target).startsWith('..'))
    const byName = packagesOf(path).filter((name) => /^outgrow(\/|$)/.test(name))
    return [...outside, ...byName].map((target) => `${relative(src, path)} → ${target}`)
  })
  expect(broken).toEqual([])
})

test('services touch the process only in their server.ts, and are as readable as src', () => {
  const broken = filesBelow(services).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const found: string[] = []
    const isServer = /^[^/]+\/server\.ts$/.test(relative(services, path))
    if (!isServer && /\bprocess\.(env|exit|argv|stdout|stderr)\b|\bconsole\./.test(text)) found.push('uses the process')
    if (!isServer && /^(await|for await) /m.test(text)) found.push('does something when imported')
    if (text.split('\n').length > 251) found.push('is longer than 250 lines')
    return found.map((what) => `${relative(services, path)} ${what}`)
  })
  expect(broken).toEqual([])
})
