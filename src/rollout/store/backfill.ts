import { WHOLE } from '../key.ts'
import type { Key } from '../side.ts'
import { fileOf, postgresOf } from './authority.ts'
import type { Parts } from './parts.ts'

/**
 * Backfill and repair: marks every key dirty that either side has, so that the relay makes PostgreSQL like the file. What is
 * deleted meanwhile cannot come back, since records are read when they are pushed. A crash leaves the memory of it, and
 * the next start begins it again.
 */
export async function markAll(parts: Parts): Promise<{ keys: number }> {
  const { log, side } = fileOf(parts)
  const postgres = postgresOf(parts)
  let marked = 0
  const mark = async (collection: string, keys: Key[]): Promise<void> => {
    log.reveal(await log.mark(keys.map((key) => ({ collection, key }))))
    marked += keys.length
    parts.relay.ask()
  }
  for (const collection of parts.names.all()) {
    const { name } = collection
    const known = new Set<Key>()
    for await (const keys of side.keys(name)) {
      await mark(name, keys)
      for (const key of keys) known.add(key)
    }
    for await (const keys of postgres.keys(name)) {
      const only = keys.filter((key) => !known.has(key))
      if (only.length > 0) await mark(name, only)
    }
    // Stands for the order of a list.
    if (collection.kind === 'list') await mark(name, [WHOLE])
  }
  await backfilled(parts)
  return { keys: marked }
}

/** All keys are marked, which the log keeps; the backfill need not begin again. */
async function backfilled(parts: Parts): Promise<void> {
  const file = fileOf(parts)
  await file.memory.change((memory) => (memory?.backfill === true ? { ...memory, backfill: false } : memory))
  file.backfilling = false
}
