import { sourcesOf } from '../infer/sources.ts'
import { inTransaction } from '../postgres/transaction.ts'
import type { Mismatch } from '../verify/tally.ts'
import { compareStore } from './compare-store.ts'
import type { Context } from './context.ts'
import { openStore } from './open-store.ts'
import { storedPlan } from './stored-plan.ts'
import { withReader } from './target.ts'

/** What `verify --json` prints, with the count of all differences beside the list of the first. */
export interface VerifyReport {
  store: string
  records: number
  equal: boolean
  differences: number
  mismatches: Mismatch[]
}

/**
 * Compares every record of a store file with PostgreSQL, both ways and by value, in one snapshot of the database. Nothing
 * is written. Records in quarantine count as differences: they are not in the tables.
 */
export async function verify(
  context: Context,
  name: string,
  against: string,
  options: { duplicateKeys: 'refuse' | 'last' },
): Promise<VerifyReport> {
  return withReader(context, 'verify', async (connection) => {
    const plan = await storedPlan(connection, name)
    const store = await openStore(against, name, {
      ...options,
      work: context.work,
      progress: (done, total) => context.progress({ phase: 'read', done, total }),
    })
    try {
      const sources = sourcesOf(store.file, store.profile, plan)
      const tally = await inTransaction(
        connection,
        (sql) =>
          compareStore(sql, plan, sources, {
            spool: context.work,
            progress: (collection, done) => context.progress({ phase: 'verify', collection, done }),
          }),
        { isolation: 'repeatable read', readOnly: true },
      )
      return {
        store: name,
        records: tally.records,
        equal: tally.mismatches === 0,
        differences: tally.mismatches,
        mismatches: tally.listed,
      }
    } finally {
      await store.close()
    }
  })
}
