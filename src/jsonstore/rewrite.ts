import { type FileHandle, open, rm } from 'node:fs/promises'
import type { Note } from '../schema/plan.ts'
import { writeDurably } from './durable.ts'
import { materialiseNedb } from './nedb.ts'
import { looksLikeNedb } from './nedb-detect.ts'
import type { Snapshot } from './snapshot.ts'
import { withoutDuplicates } from './without-duplicates.ts'

/** A copy of a store that can be read as one JSON document when the store itself cannot. */
export interface RewrittenStore {
  file: FileHandle
  bytes: number
  notes: Note[]
  nedb: { indexes: string[] } | undefined
  close(): Promise<void>
}

/** The first line of a log is looked for in so many bytes; NeDB writes a record per line. */
const FIRST_LINE = 1 << 20

/**
 * Settles a NeDB log into the list of its current records, or drops the duplicates of a document when asked to, into the
 * file `copy`, which `close` removes. Undefined when the store can be read as it is.
 */
export async function rewriteStore(
  snapshot: Snapshot,
  copy: string,
  duplicateKeys: 'refuse' | 'last',
): Promise<RewrittenStore | undefined> {
  if (await isLog(snapshot)) return settleLog(snapshot, copy)
  return duplicateKeys === 'last' ? dropDuplicates(snapshot, copy) : undefined
}

/** Asked only where the first line could be a record, so that a large document on one line is not read for it. */
async function isLog(snapshot: Snapshot): Promise<boolean> {
  const { bytesRead, buffer } = await snapshot.file.read(Buffer.alloc(FIRST_LINE), 0, FIRST_LINE, 0)
  const head = buffer.subarray(0, bytesRead)
  const from = head.findIndex((byte) => byte > 32 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf)
  const end = head.indexOf(10, Math.max(0, from))
  if (from < 0 || head[from] !== 123 || (end < 0 && bytesRead < snapshot.bytes)) return false
  const line = head
    .subarray(from, end < 0 ? bytesRead : end)
    .toString('latin1')
    .trimEnd()
  return line.endsWith('}') && looksLikeNedb(snapshot.file, snapshot.bytes, snapshot.path)
}

async function settleLog(snapshot: Snapshot, copy: string): Promise<RewrittenStore> {
  let log: Awaited<ReturnType<typeof materialiseNedb>> | undefined
  await writeDurably(copy, async (sink) => {
    log = await materialiseNedb(snapshot.file, snapshot.bytes, sink)
  })
  const { lines = 0, deleted = 0, indexes = [] } = log ?? {}
  const message = `A NeDB log of ${lines} lines, ${deleted} of them deletions: the last line of each _id counts.`
  return opened(copy, [{ id: 'nedb-log', pointer: '', message }], { indexes })
}

async function dropDuplicates(snapshot: Snapshot, copy: string): Promise<RewrittenStore | undefined> {
  let dropped: Awaited<ReturnType<typeof withoutDuplicates>> | undefined
  await writeDurably(copy, async (sink) => {
    dropped = await withoutDuplicates(snapshot.file, snapshot.bytes, sink)
  })
  const notes = (dropped ?? []).map(({ pointer, offset }) => ({
    id: 'duplicate-member',
    pointer,
    message: `The value whose name stands at byte ${offset} was left out: the last one counts.`,
  }))
  return opened(copy, notes, undefined)
}

async function opened(copy: string, notes: Note[], nedb: RewrittenStore['nedb']): Promise<RewrittenStore> {
  const file = await open(copy, 'r')
  const { size } = await file.stat()
  const close = async (): Promise<void> => {
    await file.close()
    await rm(copy, { force: true })
  }
  return { file, bytes: size, notes, nedb, close }
}
