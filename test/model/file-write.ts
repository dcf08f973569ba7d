import { acknowledged, sendable, sent } from './client.ts'
import { answeredByFile, answerOf, counted, marked } from './marks.ts'
import type { Protocol } from './protocol.ts'
import { CHANGE, isLive, keyOf, OWNER, put, type State, WRITE } from './state.ts'
import type { Rule } from './step.ts'

/** The owner takes a write of a client, whichever side is the authority, unless writes are held. */
export const takeWrite: Rule = (state, _protocol, emit) => {
  if (state.owner !== OWNER.serving || state.change !== CHANGE.none || state.write !== 0) return
  for (const write of sendable(state))
    emit(`the owner takes write ${write}`, { ...sent(state, write), write, writePhase: WRITE.taken })
}

/**
 * A write to the file: the mark, and with it the answer to the idempotency key and the digest of the document to be, in one
 * synced append; then the document, by a rename. The mark is shown to the relay, and the answer valid, from then on.
 */
export const writeFile: Rule = (state, protocol, emit) => {
  const { write, writePhase } = state
  if (write === 0 || isLive(state.local)) return
  const isLate = protocol.mark === 'after'
  if (writePhase === (isLate ? WRITE.marked : WRITE.written)) {
    const done = answeredByFile(ended(protocol.mark === 'shown' ? state : marked(state, 'file', write)), write)
    emit(`write ${write} is answered`, acknowledged(done, write))
    emit(`the answer to write ${write} is lost`, done)
  } else if (writePhase === WRITE.taken && state.fileAnswers & answerOf(write))
    emit(`write ${write} gets its first answer again`, acknowledged(ended(state), write))
  else if (writePhase === (isLate ? WRITE.written : WRITE.taken))
    emit(`key ${keyOf(state, write)} is marked dirty`, announced(state, protocol))
  else emit(`write ${write} is in the file`, replaced(state))
}

function ended(state: State): State {
  return { ...state, write: 0, writePhase: WRITE.none }
}

function announced(state: State, protocol: Protocol): State {
  const shown = protocol.mark === 'shown' ? marked(state, 'file', state.write) : state
  const noted = protocol.answers === 'noted-early' ? answeredByFile(shown, state.write) : shown
  return { ...noted, writePhase: WRITE.marked }
}

function replaced(state: State): State {
  const { write } = state
  const next = counted(state, write, state.epoch === state.local)
  return { ...next, writePhase: WRITE.written, file: put(state.file, keyOf(state, write), write) }
}

/**
 * What the next owner finds of a write that its owner died in: the mark, if it came so far, and the answer, if the file has
 * the digest that stands beside it.
 */
export function leftOfFileWrite(state: State, protocol: Protocol): State {
  const { write, writePhase } = state
  if (write === 0 || isLive(state.local) || writePhase === WRITE.taken) return ended(state)
  const isMarked = protocol.mark !== 'after' || writePhase === WRITE.marked
  const isWritten = protocol.mark === 'after' || writePhase === WRITE.written
  const found = isMarked && protocol.mark !== 'shown' ? marked(state, 'file', write) : state
  return ended(isWritten && protocol.answers !== 'noted-late' ? answeredByFile(found, write) : found)
}
