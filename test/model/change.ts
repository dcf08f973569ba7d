import { mustChangeWait } from './locks.ts'
import type { Protocol } from './protocol.ts'
import { CHANGE, isLive, OWNER, PUSH, type State } from './state.ts'
import type { Rule } from './step.ts'

const LAST_EPOCH = 3

/** The owner changes the stage: shadow to live, and one step back. It may give way before its COMMIT is sent, not after. */
export const changeStage: Rule = (state, protocol, emit) => {
  const { change, local } = state
  if (state.owner !== OWNER.serving) return
  if (change === CHANGE.none && local < LAST_EPOCH) emit('new writes are held', { ...state, change: CHANGE.held })
  if (change === CHANGE.held) {
    emit('writes are let go, for it took too long', { ...state, change: CHANGE.none })
    if (isReady(state, protocol)) noteIntent(state, protocol, emit)
  }
  if (change === CHANGE.intended) emit('the change is given up', { ...state, change: CHANGE.none, intent: 0 })
  if (change === CHANGE.intended && state.reachable && !mustChangeWait(state, protocol)) begin(state, protocol, emit)
  if (change === CHANGE.locked) {
    if (!state.reachable) emit('the change is rolled back', { ...state, change: CHANGE.intended })
    else if (isDrained(state, protocol))
      emit('the answers are noted beside the file and the change is sent', sentBack(state, protocol))
  }
  if (change === CHANGE.done)
    emit('the stage is written beside the file', { ...state, change: CHANGE.local, local: state.epoch })
  if (change === CHANGE.local)
    emit('the intent is removed and writes are let go', { ...state, change: CHANGE.none, intent: 0 })
}

/** Writes have ended, and on the way forward nothing is left to push. */
function isReady(state: State, protocol: Protocol): boolean {
  if (state.write !== 0) return false
  if (isLive(state.local)) return protocol.drain === 'locked' || (state.rowMarks === 0 && state.pushPhase === PUSH.none)
  return state.fileMarks === 0 && state.pushPhase === PUSH.none
}

const noteIntent: Rule = (state, protocol, emit) => {
  const intended = { ...state, change: CHANGE.intended }
  if (protocol.intent === 'none') emit('nothing is noted beside the file', intended)
  else emit('the intent is noted beside the file', { ...intended, intent: state.local + 1 })
}

const begin: Rule = (state, _protocol, emit) => {
  if (state.epoch !== state.local) emit('somebody else was faster', unknown(state))
  else if (isLive(state.local)) emit('writers are locked out', { ...state, change: CHANGE.locked })
  else emit('the change is sent', { ...state, change: CHANGE.sent })
}

function isDrained(state: State, protocol: Protocol): boolean {
  return state.pushPhase === PUSH.none && (protocol.drain === 'before' || state.rowMarks === 0)
}

function sentBack(state: State, protocol: Protocol): State {
  const carried = protocol.answers === 'forgotten' ? 0 : state.rowAnswers
  return { ...state, change: CHANGE.sent, fileAnswers: state.fileAnswers | carried }
}

/** What becomes of a change whose COMMIT is sent: it happens, now or later, or not, and the owner hears of it or not. */
export const commitChange: Rule = (state, protocol, emit) => {
  if (state.change === CHANGE.sent) {
    emit('the change commits', { ...changed(state, protocol), change: CHANGE.done })
    emit('the owner hears nothing of its change', { ...unknown(state), lostChange: 1 })
    if (!state.reachable) emit('the change is rolled back, unheard', unknown(state))
  }
  if (state.change === CHANGE.done) emit('the reply to the change is lost', unknown(state))
  if (state.lostChange === 0) return
  emit('the lost change commits after all', { ...changed(state, protocol), lostChange: 0 })
  if (!state.reachable) emit('the lost change is rolled back', { ...state, lostChange: 0 })
}

function unknown(state: State): State {
  return { ...state, change: CHANGE.none, owner: OWNER.settling }
}

/** The file's answers move in the same transaction. */
function changed(state: State, protocol: Protocol): State {
  const carried = protocol.answers === 'forgotten' || isLive(state.epoch) ? 0 : state.fileAnswers
  return { ...state, epoch: state.epoch + 1, rowAnswers: state.rowAnswers | carried }
}

/**
 * An owner that cannot know whether its change happened asks the row before it takes a write: with a lock, since the
 * transaction of the change may still be on its way to its end.
 */
export const settle: Rule = (state, protocol, emit) => {
  if (state.owner === OWNER.settled) emit('the intent is removed', { ...state, owner: OWNER.serving, intent: 0 })
  if (state.owner !== OWNER.settling || !state.reachable || protocol.settle === 'never') return
  if (protocol.settle === 'locking' && state.lostChange === 1) return
  const settled = { ...state, owner: OWNER.settled, local: state.epoch }
  emit(`the owner reads epoch ${state.epoch} and writes it beside the file`, settled)
}

/** Where the owner's death leaves its change. */
export function leftOfChange(state: State): State[] {
  const none = { ...state, change: CHANGE.none }
  return state.change === CHANGE.sent ? [none, { ...none, lostChange: 1 }] : [none]
}
