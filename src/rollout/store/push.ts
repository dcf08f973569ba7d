import { isOutgrowError } from '../../errors.ts'
import { WHOLE } from '../key.ts'
import { recordDeadLetter, settleDeadLetters } from '../postgres/dead-letter.ts'
import type { Change, Key } from '../side.ts'
import { fileOf, postgresOf } from './authority.ts'
import { byCollection } from './by-collection.ts'
import type { Parts } from './parts.ts'

/** Keys in one push: one transaction, a few statements. */
const BATCH = 500

/** Pushes one batch of dirty keys to the mirror of the present stage; true when there may be more. */
export async function push(parts: Parts): Promise<boolean> {
  const { mirror } = parts.present.rules
  if (mirror === undefined || parts.file === undefined) return false
  return mirror === 'postgres' ? pushToPostgres(parts) : pushToFile(parts)
}

/**
 * The file's present records, to PostgreSQL. Marks are cleared up to the number that was read before the records were, so
 * that what changes meanwhile stays dirty. A record that PostgreSQL refuses becomes a dead letter, first on record and then
 * no longer dirty.
 */
async function pushToPostgres(parts: Parts): Promise<boolean> {
  const { log, store } = fileOf(parts)
  const keys = log.pending(BATCH)
  if (keys.length === 0) return false
  const { records, orders } = byKind(parts, keys)
  const changes = inFileOrder(parts, records).map(
    ({ collection, key }): Change => ({
      collection,
      key,
      record: store.read(collection, key),
    }),
  )
  parts.failpoint('push-before')
  await parts.breaker.run(async () => {
    await applyOrBury(parts, changes)
    for (const { collection } of orders) await arrangePostgres(parts, collection)
  })
  parts.failpoint('push-before-clear')
  await log.clearUpTo(keys)
  return log.size > 0
}

async function arrangePostgres(parts: Parts, collection: string): Promise<void> {
  const act = { epoch: parts.present.epoch, as: 'mirror' } as const
  await postgresOf(parts).transaction(act, (tx) => tx.arrange(collection, fileOf(parts).side.order(collection)))
}

async function applyOrBury(parts: Parts, changes: Change[]): Promise<void> {
  if (changes.length === 0) return
  const postgres = postgresOf(parts)
  const act = { epoch: parts.present.epoch, as: 'mirror' } as const
  try {
    await postgres.apply(changes, act)
    if (parts.deadLetters.mayBeOpen) await settleDeadLetters(postgres.pool, parts.name, changes)
  } catch (error) {
    if (!isOutgrowError(error, 'conflict', 'refused', 'usage')) throw error
    const [only] = changes
    if (changes.length === 1 && only !== undefined) return bury(parts, only, error)
    const half = changes.length >> 1
    await applyOrBury(parts, changes.slice(0, half))
    await applyOrBury(parts, changes.slice(half))
  }
}

async function bury(parts: Parts, { collection, key }: Change, error: Error): Promise<void> {
  const { name: store, present, log } = parts
  const { pool } = postgresOf(parts)
  await recordDeadLetter(pool, { store, collection, key, epoch: present.epoch, error })
  parts.deadLetters.mayBeOpen = true
  log.error({ collection, key, error: error.message }, 'PostgreSQL refuses a record: it is a dead letter')
}

/** New records come into their table in the order in which they stand in the file. */
function inFileOrder<T extends { collection: string; key: Key }>(parts: Parts, keys: T[]): T[] {
  if (keys.length === 1) return keys
  const { store } = fileOf(parts)
  const collections = byCollection(keys)
  return [...collections].flatMap(([collection, dirty]) => {
    const wanted = new Map(dirty.map((one) => [one.key, one]))
    const present: T[] = []
    for (const [key] of store.document.entries(collection)) {
      const one = wanted.get(key)
      if (one === undefined) continue
      present.push(one)
      wanted.delete(key)
    }
    return [...wanted.values(), ...present]
  })
}

/** Marks of records, and marks that say that the order of a list changed, which stand under a key that no record bears. */
function byKind<T extends { collection: string; key: Key }>(parts: Parts, keys: T[]): { records: T[]; orders: T[] } {
  const isOrder = ({ collection, key }: T): boolean => key === WHOLE && !parts.names.isKeyless(collection)
  return { records: keys.filter((one) => !isOrder(one)), orders: keys.filter(isOrder) }
}

/** PostgreSQL's present records, to the file. Marks are cleared by the ids that were read before the records were. */
async function pushToFile(parts: Parts): Promise<boolean> {
  const postgres = postgresOf(parts)
  const dirty = await parts.breaker.run(() => postgres.pendingDirty(BATCH))
  if (dirty.length === 0) return false
  const changes: Change[] = []
  const { records, orders } = byKind(parts, dirty)
  for (const [collection, marks] of byCollection(records)) {
    const keys = marks.map(({ key }) => key)
    const found = await postgres.records(collection, keys)
    for (const key of keys) changes.push({ collection, key, record: found.get(key) })
  }
  const act = { epoch: parts.present.epoch, as: 'mirror' } as const
  parts.failpoint('push-before')
  await fileOf(parts).side.apply(changes, act)
  for (const { collection } of orders)
    await fileOf(parts).side.arrange(collection, await postgres.order(collection), act)
  parts.failpoint('push-before-clear')
  const ids = dirty.flatMap((one) => one.ids)
  await postgres.clearDirty(ids)
  return ids.length >= BATCH
}
