import { OutgrowError } from '../errors.ts'
import type { BackupRecord } from '../journal/runs.ts'
import type { Store } from '../journal/stores.ts'
import type { Plan } from '../schema/plan.ts'
import { beginBackupBefore, openBackupAfter, type PendingBackup } from './backups.ts'
import type { Context } from './context.ts'
import type { OpenedStore } from './open-store.ts'
import type { Target } from './target.ts'

/** The two backups of one run, in the order of its transaction: `finishBefore`, `openAfter`, then what they came to. */
export interface RunBackups {
  finishBefore: () => Promise<void>
  /** Begun only now: names of backups rise in the order of their beginnings, and each names the one finished before it. */
  openAfter(): Promise<PendingBackup>
  /** The backup before. Throws when it is not whole: then nothing may be committed. */
  taken(): { record: BackupRecord; seconds: number }
  after(): PendingBackup
  /** Leaves nothing of those that were not finished. */
  discard(): Promise<void>
}

/** Begins the backup of what is there before a run, and knows how to make the one after it. */
export async function beginRunBackups(
  context: Context,
  target: Target,
  store: OpenedStore,
  plan: Plan,
  known: Store | undefined,
  run: string,
): Promise<RunBackups> {
  const before = await beginBackupBefore(context, target, store, known, run)
  let taken: { record: BackupRecord; seconds: number } | undefined
  let after: PendingBackup | undefined
  return {
    finishBefore: async () => {
      taken = await before.finish()
    },
    openAfter: async () => {
      after = await openBackupAfter(context, plan, run, store.name)
      return after
    },
    taken: () => taken ?? unfinished('before'),
    after: () => after ?? unfinished('after'),
    discard: async () => {
      await before.discard()
      await after?.discard()
    },
  }
}

function unfinished(kind: string): never {
  throw new OutgrowError('failure', `The backup ${kind} the run was not made; nothing was committed.`)
}
