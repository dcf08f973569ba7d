import { setTimeout as delay } from 'node:timers/promises'
import { sameJson } from '../same-json.ts'
import type { Json, JsonRecord, Key } from '../side.ts'
import { fileOf, postgresOf } from './authority.ts'
import { byCollection } from './by-collection.ts'
import { isClean } from './clean.ts'
import type { Parts } from './parts.ts'
import type { TouchedKey } from './touched.ts'

export interface SweepDifference extends TouchedKey {
  kind: 'missing in postgres' | 'missing in file' | 'different'
}

export interface SweepReport {
  /** Records that were compared, in both directions. */
  records: number
  differences: number
  /** At most a hundred of them. */
  listed: SweepDifference[]
  /** Keys that were written too often to be looked at in rest; none of them is known to differ. */
  restless: number
}

/** Told of every difference, also of those that the report does not list. */
export type EachDifference = (difference: SweepDifference) => void

const BATCH = 500
const LOOKS = 40
const PAUSE = 50

/** Compares every record of both sides, in both directions, while writes go on. Repairs nothing. */
export async function sweepAll(parts: Parts, each: EachDifference = () => {}): Promise<SweepReport> {
  const report = emptyReport()
  const { side } = fileOf(parts)
  for (const { name } of parts.names.all()) {
    const known = new Set<Key>()
    for await (const keys of side.keys(name)) {
      for (const key of keys) known.add(key)
      await sweepKeys(parts, name, keys, report, each)
    }
    for await (const keys of postgresOf(parts).keys(name)) {
      const only = keys.filter((key) => !known.has(key))
      await sweepKeys(parts, name, only, report, each)
    }
  }
  return report
}

/** Compares some records only. */
export async function sweepTouched(parts: Parts, touched: readonly TouchedKey[]): Promise<SweepReport> {
  const report = emptyReport()
  for (const [collection, keys] of byCollection(touched)) {
    const all = keys.map(({ key }) => key)
    for (let at = 0; at < all.length; at += BATCH) await sweepKeys(parts, collection, all.slice(at, at + BATCH), report)
  }
  return report
}

async function sweepKeys(
  parts: Parts,
  collection: string,
  keys: Key[],
  report: SweepReport,
  each: EachDifference = () => {},
): Promise<void> {
  if (keys.length === 0) return
  const records = await postgresOf(parts).records(collection, keys)
  for (const key of keys) {
    report.records++
    const ours = fileOf(parts).store.read(collection, key)
    if (sameJson(ours, records.get(key))) continue
    const outcome = await lookAgain(parts, collection, key)
    if (outcome === 'restless') report.restless++
    else if (outcome !== 'same') {
      add(report, { collection, key, kind: outcome })
      each({ collection, key, kind: outcome })
    }
  }
}

/** A difference counts when it stands while the key is clean and nobody writes it. */
async function lookAgain(
  parts: Parts,
  collection: string,
  key: Key,
): Promise<SweepDifference['kind'] | 'same' | 'restless'> {
  const read = (): JsonRecord | undefined => fileOf(parts).store.read(collection, key)
  for (let look = 0; look < LOOKS; look++) {
    const version = parts.touched.version(collection, key)
    const rested = isClean(parts, collection, key) || (await isUnmarked(parts, collection, key))
    const before = read()
    const other = (await postgresOf(parts).records(collection, [key])).get(key)
    if (sameJson(before, other)) return 'same'
    const unchanged = sameJson(before, read()) && version === parts.touched.version(collection, key)
    if (rested && unchanged && (await isStillRested(parts, collection, key))) return kindOf(before, other)
    parts.relay.ask()
    await delay(PAUSE)
  }
  return 'restless'
}

async function isStillRested(parts: Parts, collection: string, key: Key): Promise<boolean> {
  return isClean(parts, collection, key) || isUnmarked(parts, collection, key)
}

/** With PostgreSQL as the authority its own marks say what the file lacks. */
async function isUnmarked(parts: Parts, collection: string, key: Key): Promise<boolean> {
  if (parts.present.rules.authority === 'file') return false
  return (await postgresOf(parts).dirtyAmong(collection, [key])).size === 0
}

function kindOf(ours: Json | undefined, theirs: Json | undefined): SweepDifference['kind'] {
  if (theirs === undefined) return 'missing in postgres'
  return ours === undefined ? 'missing in file' : 'different'
}

function add(report: SweepReport, difference: SweepDifference): void {
  report.differences++
  if (report.listed.length < 100) report.listed.push(difference)
}

function emptyReport(): SweepReport {
  return { records: 0, differences: 0, listed: [], restless: 0 }
}
