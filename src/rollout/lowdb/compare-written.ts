import type { Comparer } from '../store/compare.ts'
import type { Parts } from '../store/parts.ts'
import { getting } from '../store/reads.ts'
import type { Difference } from './difference.ts'

/** Records of one write that are compared: one that changes thousands proves no more. */
const MOST = 4

/**
 * The application reads from its own memory, so that none of its reads could tell whether both sides agree. In the stages
 * that compare reads, what it has just written is asked of both instead; the gates count these as its reads.
 */
export function compareWritten(parts: Parts, comparer: Comparer, { changes }: Difference): void {
  const { traffic, present } = parts
  for (const { kind } of changes) traffic.saw(kind)
  if (!present.rules.compared) return
  for (const { collection, key } of changes.slice(0, MOST)) {
    traffic.saw('get')
    comparer.consider(getting(collection, key))
  }
}
