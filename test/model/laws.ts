import { CHANGE, CLIENT, isLive, keyOf, OWNER, type Pair, PUSH, type State } from './state.ts'

export type Law = 'kept' | 'once' | 'one authority' | 'equal'

/** What must hold in every state. */
export const LAWS: Readonly<Record<Law, (state: State) => boolean>> = {
  /** No acknowledged write is lost from the authority, unless one that does not precede it has taken its place. */
  kept: (state) => isKept(state, 1) && isKept(state, 2),
  /** No write happens twice, acknowledged or not. */
  once: ({ applied }) => applied[0] < 2 && applied[1] < 2,
  /** Whatever is accepted, as a write or a push, is so by the side and under the epoch that the row names. */
  'one authority': ({ misplaced }) => misplaced === 0,
  /** When nothing is under way any more, both sides hold the same. */
  equal: (state) => !isStill(state) || (state.file[0] === state.rows[0] && state.file[1] === state.rows[1]),
}

function isKept(state: State, write: number): boolean {
  if (state.clients[write - 1] !== CLIENT.acknowledged) return true
  const key = keyOf(state, write)
  const found = authorityOf(state)[key] ?? 0
  if (found === write) return true
  // The other write may have come after it, unless it was known to be done before this one was sent.
  return found !== 0 && state.first !== found
}

function authorityOf(state: State): Pair {
  return isLive(state.epoch) ? state.rows : state.file
}

/** Nothing is under way, and nothing is marked. */
function isStill(state: State): boolean {
  return (
    state.owner === OWNER.serving &&
    state.change === CHANGE.none &&
    state.local === state.epoch &&
    state.write === 0 &&
    state.other === 0 &&
    state.pushPhase === PUSH.none &&
    (isLive(state.epoch) ? state.rowMarks : state.fileMarks) === 0 &&
    state.lostPush === 0 &&
    state.lostChange === 0
  )
}

/** Still, PostgreSQL there, and no client without an answer: what every state must be able to come to. */
export function isQuiet(state: State): boolean {
  return isStill(state) && state.reachable === 1 && !state.clients.includes(CLIENT.pending)
}
