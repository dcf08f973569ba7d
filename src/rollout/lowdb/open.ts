import { OutgrowError } from '../../errors.ts'
import { formatPointer } from '../../schema/pointer.ts'
import { openStaged, type Staged } from '../open.ts'
import type { StoreOptions } from '../store/api.ts'
import type { StageStatus } from '../store/status.ts'
import { StagedDocument } from './staged-document.ts'

/** What LowDB 7 asks of an adapter, and what the store behind it needs besides. */
export interface LowdbAdapter<T> {
  read(): Promise<T | null>
  write(data: T): Promise<void>
  /** As `Store.status`. */
  status(): Promise<StageStatus>
  /** Ends after what is under way; the file is free for another process then. */
  close(): Promise<void>
}

/**
 * An adapter for LowDB 7 in the place of `new JSONFile(file)`: `new Low(await lowdbAdapter({ … }), defaults)`. The
 * application keeps its code, and is taken through the stages by `outgrow stage`. `StagedDocument` says what reads and
 * writes mean. There is none for `LowSync`: a write that is durable in PostgreSQL cannot be waited for synchronously.
 *
 * Throws as `openStore` does (`locked` when another process owns the file), `source-unfit` for a file with a member
 * that the plan does not know, and `plan-invalid` for a plan whose document LowDB does not write. A file that is not there
 * needs the option `defaults`.
 */
export async function lowdbAdapter<T>(options: StoreOptions): Promise<LowdbAdapter<T>> {
  return adapterOn<T>(await openStaged(options))
}

/** The adapter of a store that is open. A store that it refuses it closes. */
export async function adapterOn<T>(staged: Staged): Promise<LowdbAdapter<T>> {
  const refusal = refusalOf(staged)
  if (refusal !== undefined) {
    await staged.store.close()
    throw refusal
  }
  const document = new StagedDocument(staged)
  return {
    read: async () => (await document.read()) as T,
    write: (data) => document.write(data),
    status: () => document.status(),
    close: () => document.close(),
  }
}

/** What the application would not get to see, or could not write. */
function refusalOf({ scene }: Staged): OutgrowError | undefined {
  const { plan, file, name } = scene.parts
  if (plan.document !== 'object' && plan.document !== 'list')
    return new OutgrowError(
      'plan-invalid',
      `The document of store "${name}" is a ${plan.document}, which LowDB is not.`,
      {
        place: name,
        next: 'Open it with openStore of outgrow/store.',
      },
    )
  const known = new Set(plan.collections.map((one) => one.name))
  const other = file?.store.document.names().find((member) => !known.has(member))
  if (other === undefined) return undefined
  return new OutgrowError(
    'source-unfit',
    `The file of store "${name}" has a member that the plan does not: "${other}".`,
    {
      place: formatPointer([other]),
      next: 'Make a new plan for it (outgrow plan), and migrate anew.',
    },
  )
}
