import type { FileHandle } from 'node:fs/promises'
import { isOutgrowError } from '../errors.ts'
import { memberNamed } from './members.ts'
import { NedbLines } from './nedb-lines.ts'

const MARKERS = ['$$deleted', '$$indexCreated', '$$indexRemoved']

/**
 * True when a file is a NeDB log rather than one JSON document: its first line is an object with `_id` or one of NeDB's
 * `$$` marks, and another value follows on a later line, which no JSON document allows. A log of one line is a JSON
 * document as well; it counts as a log when it carries a `$$` mark, or when it has `_id` and the file's name does not end
 * in `.json` (NeDB's own examples name their files `.db` or not at all). Nothing is concluded from a damaged first line.
 */
export async function looksLikeNedb(file: FileHandle, size: number, name: string): Promise<boolean> {
  const lines = new NedbLines(file, size)
  try {
    if (!(await lines.next())) return false
    const marked = MARKERS.some((marker) => memberNamed(lines.tape, 0, marker) !== undefined)
    if (!marked && memberNamed(lines.tape, 0, '_id') === undefined) return false
    if (marked || !name.toLowerCase().endsWith('.json')) return true
  } catch (error) {
    if (isOutgrowError(error, 'source-damaged', 'source-unfit')) return false
    throw error
  }
  return hasMore(lines)
}

/** Damage after a first line that is a record's is the log's own, and is refused as such when it is read. */
async function hasMore(lines: NedbLines): Promise<boolean> {
  try {
    return await lines.next()
  } catch (error) {
    if (isOutgrowError(error, 'source-damaged')) return true
    throw error
  }
}
