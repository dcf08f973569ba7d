import { isRowLocked, isShutOut, lostPushOf, passesFence } from './locks.ts'
import { CHANGE, isLive, OWNER, PUSH, put, type State } from './state.ts'
import type { Rule } from './step.ts'

/**
 * The relay: reads a mark, then the authority's present record, writes it to the mirror, clears the mark up to what it read.
 * One key at a time; a batch is as if several were pushed with nothing in between.
 */
export const push: Rule = (state, protocol, emit) => {
  if (state.owner !== OWNER.serving || state.change > CHANGE.locked) return
  const { pushKey: key, pushPhase, pushVersion: version } = state
  const toFile = isLive(state.local)
  const marks = toFile ? state.rowMarks : state.fileMarks
  if (toFile && !state.reachable) {
    if (pushPhase !== PUSH.none) emit('the push is given up', ended(state))
  } else if (pushPhase === PUSH.none) {
    for (const dirty of [0, 1])
      if (marks & (1 << dirty))
        emit(`the relay reads the mark of key ${dirty}`, { ...state, pushPhase: PUSH.marked, pushKey: dirty })
  } else if (pushPhase === PUSH.marked) {
    const found = (toFile ? state.rows : state.file)[key] ?? 0
    emit(`the relay reads version ${found} of key ${key}`, { ...state, pushPhase: PUSH.read, pushVersion: found })
  } else if (pushPhase === PUSH.read && toFile)
    emit(`version ${version} is pushed to the file`, { ...there(state), file: put(state.file, key, version) })
  else if (pushPhase === PUSH.read) openPush(state, protocol, emit)
  else if (pushPhase === PUSH.pushed) clearMark(state, protocol, emit)
}

const openPush: Rule = (state, protocol, emit) => {
  if (!state.reachable) return emit('the push fails', ended(state))
  if (isShutOut(state, protocol) || isRowLocked(state, state.pushKey)) return
  if (passesFence(state, protocol, state.local)) emit('the push passes the fence', { ...state, pushPhase: PUSH.open })
  else emit('the push is refused by the fence', ended(state))
}

/** A clearing may be lost: one more push. */
const clearMark: Rule = (state, protocol, emit) => {
  const { pushKey: key } = state
  const clear = (marks: number): number => (state.newer && protocol.clear === 'read' ? marks : marks & ~(1 << key))
  const none = ended(state)
  const cleared = isLive(state.local)
    ? { ...none, rowMarks: clear(state.rowMarks) }
    : { ...none, fileMarks: clear(state.fileMarks) }
  emit(`the mark of key ${key} is cleared`, cleared)
  emit(`the clearing of key ${key} is lost`, none)
}

/** A push in PostgreSQL commits or, when nobody hears of it any more, does so later or not at all. */
export const commitPush: Rule = (state, _protocol, emit) => {
  if (state.pushPhase === PUSH.open) {
    emit('the push commits', there(pushed(state, state.pushKey, state.pushVersion)))
    if (state.lostPush === 0) emit('the relay hears nothing of its push', lost(state))
    if (!state.reachable) emit('the push is rolled back', ended(state))
  }
  const late = lostPushOf(state)
  if (late === undefined) return
  emit('the lost push commits after all', { ...pushed(state, late.key, late.version), lostPush: 0 })
  if (!state.reachable) emit('the lost push is rolled back', { ...state, lostPush: 0 })
}

/** Where the owner's death leaves a push: nowhere, or with its COMMIT on the way. */
export function leftOfPush(state: State): State[] {
  const isOnItsWay = state.pushPhase === PUSH.open && state.lostPush === 0
  return isOnItsWay ? [ended(state), lost(state)] : [ended(state)]
}

function ended(state: State): State {
  return { ...state, pushPhase: PUSH.none, pushKey: 0, pushVersion: 0, newer: 0 }
}

function there(state: State): State {
  return { ...state, pushPhase: PUSH.pushed, pushVersion: 0 }
}

function lost(state: State): State {
  return { ...ended(state), lostPush: 1 + 3 * state.pushKey + state.pushVersion }
}

function pushed(state: State, key: number, version: number): State {
  return { ...state, rows: put(state.rows, key, version), misplaced: isLive(state.epoch) ? 1 : state.misplaced }
}
