import type { Protocol } from './protocol.ts'
import { CHANGE, isLive, keyOf, PUSH, type State, WRITE } from './state.ts'

/** The version that a lost push would write, and to which key. */
export function lostPushOf(state: State): { key: number; version: number } | undefined {
  if (state.lostPush === 0) return undefined
  return { key: Math.floor((state.lostPush - 1) / 3), version: (state.lostPush - 1) % 3 }
}

/** A transaction that holds the row of this key, so that another one waits. */
export function isRowLocked(state: State, key: number): boolean {
  return (
    (state.writePhase === WRITE.open && keyOf(state, state.write) === key) ||
    (state.otherPhase === WRITE.open && keyOf(state, state.other) === key) ||
    (isPushOpen(state) && state.pushKey === key) ||
    lostPushOf(state)?.key === key
  )
}

/** A change's transaction shuts out whoever asks for the stage row FOR SHARE; a plain select passes it. */
export function isShutOut(state: State, protocol: Protocol): boolean {
  if (protocol.fence !== 'share') return false
  return state.change === CHANGE.locked || state.change === CHANGE.sent || state.lostChange === 1
}

/** A change waits for every transaction that holds the stage row FOR SHARE. */
export function mustChangeWait(state: State, protocol: Protocol): boolean {
  if (state.lostChange === 1) return true
  if (protocol.fence !== 'share') return false
  return state.writePhase === WRITE.open || state.otherPhase === WRITE.open || isPushOpen(state) || state.lostPush !== 0
}

/** What the fence says to a writer of this epoch. */
export function passesFence(state: State, protocol: Protocol, epoch: number): boolean {
  return protocol.fence === 'none' || state.epoch === epoch
}

function isPushOpen(state: State): boolean {
  return state.pushPhase === PUSH.open && !isLive(state.local)
}
