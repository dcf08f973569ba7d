import type { Key } from '../side.ts'
import type { Parts } from './parts.ts'

/** True when the mirror is known to hold the present record of this key. */
export function isClean(parts: Parts, collection: string, key: Key): boolean {
  const { present, file, unclean } = parts
  if (present.rules.authority === 'postgres') return knowsWrites(parts) && !unclean.has(collection, key)
  return file !== undefined && !backfills(parts) && !file.log.isDirty(collection, key)
}

/** As `isClean`, of all records of a collection. */
export function isCollectionClean(parts: Parts, collection: string): boolean {
  const { present, file, unclean } = parts
  if (present.rules.authority === 'postgres') return knowsWrites(parts) && !unclean.hasAny(collection)
  return file !== undefined && !backfills(parts) && !file.log.hasAny(collection)
}

/** Only the owner writes, and it has seen all marks that were there when it began. */
function knowsWrites({ present, file, relay }: Parts): boolean {
  return file !== undefined && present.now.mirror === 'sync' && relay.isServed(1)
}

function backfills({ file }: Parts): boolean {
  return file?.backfilling === true
}
