import { keyOf, PUSH, put, type State } from './state.ts'

/**
 * Marks of a key as one bit, since sequence numbers would never end. What a number decides is whether a mark is younger than
 * those which the push under way has read, and this is the bit `newer`.
 */
export function marked(state: State, side: 'file' | 'rows', write: number): State {
  const key = keyOf(state, write)
  const bit = 1 << key
  const isPushed = state.pushPhase !== PUSH.none && state.pushKey === key
  const newer = isPushed ? 1 : state.newer
  if (side === 'file') return { ...state, fileMarks: state.fileMarks | bit, newer }
  return { ...state, rowMarks: state.rowMarks | bit, newer }
}

/** The bit of a write in a set of answers. */
export function answerOf(write: number): number {
  return write === 0 ? 0 : 1 << (write - 1)
}

/** The file will answer the write's idempotency key from now on. */
export function answeredByFile(state: State, write: number): State {
  return { ...state, fileAnswers: state.fileAnswers | answerOf(write) }
}

/** The model's own count of how often a write was carried out, and whether the row named that side and epoch. */
export function counted(state: State, write: number, isNamed: boolean): State {
  const applied = put(state.applied, write - 1, (state.applied[write - 1] ?? 0) + 1)
  return { ...state, applied, misplaced: isNamed ? state.misplaced : 1 }
}
