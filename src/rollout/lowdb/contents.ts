import { isOutgrowError } from '../../errors.ts'
import type { Contents } from '../side.ts'
import { authorityOf, fileOf } from '../store/authority.ts'
import { isCollectionClean } from '../store/clean.ts'
import type { Parts } from '../store/parts.ts'

/** All of the store, from the authority; in live, while PostgreSQL is away, from a file that is known to hold the same. */
export async function readContents(parts: Parts): Promise<Contents> {
  try {
    return await authorityOf(parts).contents()
  } catch (error) {
    if (!isOutgrowError(error, 'unavailable', 'target-unreachable') || !canFallBack(parts)) throw error
    parts.traffic.fellBack()
    return fileOf(parts).side.contents()
  }
}

function canFallBack(parts: Parts): boolean {
  const { rules } = parts.present
  if (!rules.fallback || parts.file === undefined) return false
  return parts.names.all().every(({ name }) => isCollectionClean(parts, name))
}
