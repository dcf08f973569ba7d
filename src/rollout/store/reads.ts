import { isOutgrowError } from '../../errors.ts'
import type { JsonRecord, Key, Query, Reader, Side } from '../side.ts'
import type { SideName } from '../stage/rules.ts'
import type { ReadOptions } from './api.ts'
import { authorityOf, fileOf, postgresOf } from './authority.ts'
import { isClean, isCollectionClean } from './clean.ts'
import type { Comparer } from './compare.ts'
import type { Parts } from './parts.ts'
import { inShare } from './share.ts'

/** A question that either side can answer, with the same meaning. */
export interface Question<T> {
  collection: string
  /** The one record that it is about; undefined when it is about the whole collection. */
  key: Key | undefined
  /** By which it is sampled: the same question is always in or out. */
  sample: string
  ask: (side: Reader) => Promise<T>
}

export function getting(collection: string, key: Key): Question<JsonRecord | undefined> {
  return { collection, key, sample: `${collection} ${key}`, ask: (side) => side.get(collection, key) }
}

export function finding(collection: string, query: Query): Question<JsonRecord[]> {
  const sample = `${collection} ${JSON.stringify(query)}`
  return { collection, key: undefined, sample, ask: (side) => side.find(collection, query) }
}

export function counting(collection: string, query: Pick<Query, 'where' | 'search'>): Question<number> {
  const sample = `${collection} count ${JSON.stringify(query)}`
  return { collection, key: undefined, sample, ask: (side) => side.count(collection, query) }
}

/**
 * Answers from the side that the stage names: the authority; in shadow a share of the clean keys from PostgreSQL; in live
 * the file for clean keys while PostgreSQL is away. The caller gets the answer before it is compared.
 */
export async function read<T>(
  parts: Parts,
  comparer: Comparer,
  question: Question<T>,
  options: ReadOptions = {},
): Promise<T> {
  const { authority, serveNew, fallback, compared } = parts.present.rules
  const answer = async (side: SideName, fallback: boolean, given: T): Promise<T> => {
    if (options.answer !== undefined) Object.assign(options.answer, { side, fallback })
    if (fallback) parts.traffic.fellBack()
    else if (compared) comparer.consider(question)
    return given
  }
  if (serveNew && (await isServedNew(parts, question))) {
    const given = await tried(parts, question)
    if (given !== undefined) return answer('postgres', false, given.value)
  }
  if (fallback && parts.file !== undefined && isRested(parts, question)) {
    const given = await tried(parts, question)
    if (given !== undefined) return answer('postgres', false, given.value)
    // It may have been written while we waited for PostgreSQL.
    if (isRested(parts, question)) return answer('file', true, await question.ask(fileOf(parts).side))
  }
  const ask = (): Promise<T> => question.ask(authorityOf(parts))
  return answer(authority, false, await (authority === 'postgres' ? parts.breaker.run(ask) : ask()))
}

/** The answer of PostgreSQL; undefined when it is away. */
async function tried<T>(parts: Parts, question: Question<T>): Promise<{ value: T } | undefined> {
  try {
    const side: Side = postgresOf(parts)
    return { value: await parts.breaker.run(() => question.ask(side)) }
  } catch (error) {
    if (!isOutgrowError(error, 'unavailable', 'target-unreachable')) throw error
    parts.traffic.failed('postgres')
    return undefined
  }
}

/** The other side has all that the question is about. */
export function isRested(parts: Parts, { collection, key }: Question<unknown>): boolean {
  return key === undefined ? isCollectionClean(parts, collection) : isClean(parts, collection, key)
}

async function isServedNew(parts: Parts, question: Question<unknown>): Promise<boolean> {
  const { serveNew } = parts.present.now
  if (serveNew === 0 || parts.postgres === undefined || !isRested(parts, question)) return false
  const proposed = await parts.proposal?.serveNew()
  return inShare(question.sample, Math.min(serveNew, proposed ?? serveNew))
}
