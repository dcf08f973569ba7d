import { join } from 'node:path'
import type { Plan } from '../../schema/plan.ts'
import { AnswerLog } from '../file/answer-log.ts'
import { DirtyLog, type MarkedKey } from '../file/dirty-log.ts'
import { type Disk, disk as realDisk } from '../file/disk.ts'
import type { Owner } from '../file/owner.ts'
import { FileSide } from '../file/side.ts'
import { FileStore, type Marking } from '../file/store.ts'
import type { JsonRecord } from '../side.ts'
import { OwnMemory } from '../stage/memory.ts'
import type { Present } from '../stage/present.ts'

/** The file of a store in the hands of its owner: the only process that may write it. */
export interface OwnedFile {
  owner: Owner
  side: FileSide
  store: FileStore
  /** The keys that PostgreSQL has yet to be told of, while the file is the authority. */
  log: DirtyLog
  /** What writes under an idempotency key answered while the file was the authority, or its mirror. */
  answers: AnswerLog
  /** What is remembered of the stage beside the file. */
  memory: OwnMemory
  /** All keys are still to be marked dirty, since PostgreSQL may lack any of them. */
  backfilling: boolean
  close(): Promise<void>
}

export interface OwnedFileOptions {
  plan: Plan
  present: Present
  defaults?: JsonRecord
  /** Called when keys have been marked dirty and their new records can be read. */
  onDirty: () => void
  /** Named places of a write, where fault tests interrupt. */
  failpoint: (name: string) => void
}

/**
 * Opens the file of a store for its owner; what a former owner marked dirty is still so. Marks are made only in
 * stages in which the file is the authority and has a mirror. Throws what `openFile` refuses.
 */
export async function openOwnedFile(owner: Owner, options: OwnedFileOptions): Promise<OwnedFile> {
  const { plan, present, defaults } = options
  const opened: { close(): Promise<void> }[] = []
  const closeAll = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one.close()
  }
  try {
    const log = await DirtyLog.open(join(owner.folder, 'dirty.log'))
    opened.push(log)
    const answers = await AnswerLog.open(join(owner.folder, 'answers.log'))
    opened.push(answers)
    const marks = marksFor(log, options)
    const more = defaults === undefined ? {} : { defaults }
    const disk = interruptible(options.failpoint)
    const store = await FileStore.open({ path: owner.path, plan, marks, answers, disk, ...more })
    const side = new FileSide({ store, plan, epoch: () => present.epoch })
    opened.push(side)
    const close = async (): Promise<void> => {
      await closeAll()
      await owner.release()
    }
    const memory = new OwnMemory(owner.folder)
    return { owner, side, store, log, answers, memory, backfilling: log.damaged, close }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function marksFor(log: DirtyLog, { present, onDirty, failpoint }: OwnedFileOptions): Marking {
  return {
    mark: async (keys: readonly MarkedKey[]): Promise<number | undefined> => {
      if (present.rules.authority !== 'file' || present.rules.mirror === undefined) return undefined
      failpoint('write-before-mark')
      const seq = await log.mark(keys)
      failpoint('write-after-mark')
      return seq
    },
    reveal: (seq: number): void => {
      log.reveal(seq)
      onDirty()
    },
  }
}

/** The disk as it is, with a named place on either side of the rename that makes a write the present state of the file. */
function interruptible(failpoint: (name: string) => void): Disk {
  return {
    ...realDisk,
    rename: async (from, to) => {
      failpoint('write-before-rename')
      await realDisk.rename(from, to)
      failpoint('write-after-rename')
    },
  }
}
