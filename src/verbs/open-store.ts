import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makePlan } from '../infer/make-plan.ts'
import { profileStore, type StoreProfile } from '../infer/store-profile.ts'
import { rewriteStore } from '../jsonstore/rewrite.ts'
import { openSnapshot, type Snapshot } from '../jsonstore/snapshot.ts'
import type { Note, Plan } from '../schema/plan.ts'
import { causeOf } from './unchanged-source.ts'

export interface OpenOptions {
  /** What to do with a member that stands twice in one object. */
  duplicateKeys: 'refuse' | 'last'
  /** Folder for a rewritten copy, when one is needed; it is removed at close. */
  work: string
  progress?: (bytes: number, total: number) => void
}

/** A store that was opened, read from end to end, and found to be whole. */
export interface OpenedStore {
  name: string
  path: string
  snapshot: Snapshot
  /** What the records are read from: the store itself, or a copy in which a log was settled or duplicates were dropped. */
  file: FileHandle
  profile: StoreProfile
  /** Of the store itself. */
  bytes: number
  sha256: string
  notes: Note[]
  /** Set when the store is a NeDB log: its index lines, verbatim. */
  nedb: { indexes: string[] } | undefined
  seconds: { read: number; infer: number }
  close(): Promise<void>
}

/**
 * Opens a store and profiles every record in it. Throws `source-damaged` or `source-unfit` with the place of what is wrong,
 * or `source-changed` when that came of a write in place.
 * The handle shows one state of the file as long as its writer replaces it by rename, as LowDB does.
 */
export async function openStore(path: string, name: string, options: OpenOptions): Promise<OpenedStore> {
  const started = performance.now()
  const snapshot = await openSnapshot(path)
  try {
    await mkdir(options.work, { recursive: true, mode: 0o700 })
    const copy = join(options.work, `${randomUUID()}.json`)
    const rewritten = await rewriteStore(snapshot, copy, options.duplicateKeys)
    const read = performance.now()
    const file = rewritten?.file ?? snapshot.file
    const profile = await profileStore(file, rewritten?.bytes ?? snapshot.bytes, options.progress)
    const notes = [...(rewritten?.notes ?? [])]
    if (snapshot.warning) notes.push({ id: 'leftover-file', pointer: '', message: snapshot.warning })
    return {
      name,
      path,
      snapshot,
      file,
      profile,
      bytes: snapshot.bytes,
      sha256: rewritten ? await snapshot.hash() : profile.sha256,
      notes,
      nedb: rewritten?.nedb,
      seconds: { read: (read - started) / 1000, infer: (performance.now() - read) / 1000 },
      close: async () => {
        await rewritten?.close()
        await snapshot.close()
      },
    }
  } catch (error) {
    const cause = await causeOf({ path, snapshot }, error)
    await snapshot.close()
    throw cause
  }
}

/** The plan of an opened store, with what was noted while it was opened. */
export async function planOf(store: OpenedStore): Promise<Plan> {
  const plan = await makePlan(store.file, store.profile, store.name)
  const document = store.nedb ? 'nedb' : plan.document
  return { ...plan, document, notes: [...store.notes, ...plan.notes], ...(store.nedb && { nedb: store.nedb }) }
}
