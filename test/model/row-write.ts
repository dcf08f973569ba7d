import { acknowledged, sendable, sent } from './client.ts'
import { isRowLocked, isShutOut, passesFence } from './locks.ts'
import { answerOf, counted, marked } from './marks.ts'
import { isLive, keyOf, put, type State, WRITE } from './state.ts'
import type { Emit, Rule } from './step.ts'

const LIVE = 2

/** Which process a transaction belongs to, and where the state has it. */
interface Writer {
  name: string
  write: number
  phase: number
  at: (state: State, phase: number, write: number) => State
}

/** The owner's write to PostgreSQL. */
export const writeRowAsOwner: Rule = (state, protocol, emit) => {
  if (!isLive(state.local)) return
  const at: Writer['at'] = (now, writePhase, write) => ({ ...now, writePhase, write })
  const writer = { name: 'the owner', write: state.write, phase: state.writePhase, at }
  writeRow(state, writer, protocol, emit)
}

/**
 * Another process, which read the stage at some time and writes to PostgreSQL as long as it believes in `live`. It may
 * stand still between any two of its steps, for as long as it takes.
 */
export const writeRowAsOther: Rule = (state, protocol, emit) => {
  const { otherBelievesLive, other, otherPhase } = state
  const at: Writer['at'] = (now, phase, write) => ({ ...now, otherPhase: phase, other: write })
  const isNow = isLive(state.epoch) ? 1 : 0
  if (state.reachable && isNow !== otherBelievesLive)
    emit(`the other process reads epoch ${state.epoch}`, { ...state, otherBelievesLive: isNow })
  if (other === 0 && otherBelievesLive)
    for (const write of sendable(state))
      emit(`the other process takes write ${write}`, at(sent(state, write), WRITE.taken, write))
  if (otherPhase === WRITE.taken) emit(`the other process gives write ${other} up`, at(state, WRITE.none, 0))
  writeRow(state, { name: 'the other process', write: other, phase: otherPhase, at }, protocol, emit)
}

/** One transaction: the fence, the row and its mark, the answer under the idempotency key; then the commit. */
function writeRow(state: State, writer: Writer, protocol: Parameters<Rule>[1], emit: Emit): void {
  const { name, write, phase, at } = writer
  if (write === 0) return
  const ended = at(state, WRITE.none, 0)
  if (phase === WRITE.taken && state.reachable) {
    if (isShutOut(state, protocol) || isRowLocked(state, keyOf(state, write))) return
    if (state.rowAnswers & answerOf(write))
      emit(`${name} gives write ${write} its first answer again`, acknowledged(ended, write))
    else if (passesFence(state, protocol, LIVE))
      emit(`${name} passes the fence with write ${write}`, at(state, WRITE.open, write))
    else emit(`${name} is refused by the fence`, ended)
  }
  if (phase === WRITE.open) {
    emit(`write ${write} commits in PostgreSQL`, at(committed(state, write), WRITE.committed, write))
    if (!state.reachable) emit(`write ${write} is rolled back`, ended)
  }
  if (phase === WRITE.committed) {
    emit(`write ${write} is answered`, acknowledged(ended, write))
    emit(`the answer to write ${write} is lost`, ended)
  }
}

function committed(state: State, write: number): State {
  const next = counted(marked(state, 'rows', write), write, state.epoch === LIVE)
  const rows = put(state.rows, keyOf(state, write), write)
  return { ...next, rows, rowAnswers: state.rowAnswers | answerOf(write) }
}
