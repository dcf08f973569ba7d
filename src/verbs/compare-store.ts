import { pointerOf } from '../infer/sources.ts'
import type { Source } from '../jsonstore/source.ts'
import type { Connection } from '../postgres/connect.ts'
import { openRecords, type ReadOptions } from '../readback/open-records.ts'
import type { Plan } from '../schema/plan.ts'
import { compareCollection } from '../verify/compare.ts'
import { identifierOf } from '../verify/identify.ts'
import { newTally, type Tally } from '../verify/tally.ts'

export interface CompareStoreOptions extends ReadOptions {
  skip?: ReadonlyMap<string, ReadonlySet<number>>
  progress: (collection: string, records: number) => void
}

/** Compares every record of every collection in a file with those in PostgreSQL, as one session sees them. */
export async function compareStore(
  connection: Connection,
  plan: Plan,
  sources: ReadonlyMap<string, Source>,
  options: CompareStoreOptions,
): Promise<Tally> {
  const tally = newTally()
  for (const collection of plan.collections) {
    const reader = await openRecords(connection, plan, collection, options)
    try {
      await compareCollection(
        sources.get(collection.name) as Source,
        reader,
        {
          pointer: pointerOf(plan, collection),
          keyed: collection.kind === 'keyed',
          identify: identifierOf(collection.kind === 'values' ? undefined : collection.table),
          skip: options.skip?.get(collection.name),
          progress: (records) => options.progress(collection.name, records),
        },
        tally,
      )
    } finally {
      await reader.close()
    }
  }
  return tally
}
